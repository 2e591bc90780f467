import { zstdCompressSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';

import { keysOf, never, party, product, worldKey, chinaKey } from '../testing/border.ts';
import { contentDigest } from '../protocol/digest.ts';
import { signRequest } from '../protocol/signature.ts';
import { loseAll } from '../testing/delivery.ts';
import { openReconciling, type Reconciling } from '../testing/reconciling.ts';
import { NotAcknowledged } from '../worker/not-acknowledged.ts';
import { connectSigned } from '../worker/signed.ts';
import { RECONCILE_TYPE } from './messages.ts';
import { cancelRun, insertRun, setFilling } from './runs.repository.ts';

let open: Reconciling;
beforeAll(async () => {
  open = await openReconciling({ mostBacklog: 10 });
});
afterAll(() => open.close());

const paths = ['/sync/v1/digests', '/sync/v1/stamps', '/sync/v1/repoint'] as const;
const requests: Readonly<Record<(typeof paths)[number], object>> = {
  '/sync/v1/digests': {
    protocol: '1.0',
    entity: 'catalog.product',
    horizon: '0',
    deep: false,
    spans: [{ from: null, to: null, cuts: [] }],
  },
  '/sync/v1/stamps': { protocol: '1.0', entity: 'catalog.product', deep: false, ranges: [{ from: null, to: null }], keys: [] },
  '/sync/v1/repoint': { protocol: '1.0', entity: 'catalog.product', keys: [], range: { from: null, to: null } },
};
const body = (message: object): Buffer => zstdCompressSync(Buffer.from(JSON.stringify(message)));

async function answerTo(path: string, content: Buffer, keys = keysOf(worldKey, [chinaKey])): Promise<string> {
  const connection = connectSigned({ url: open.border.ingestUrl, keys, clock: systemClock });
  try {
    await connection.post(path, RECONCILE_TYPE, content, never);
    return 'answered';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connection.close();
  }
}

describe.each(paths)('%s', (path) => {
  test('answers the peer', async () => {
    expect(await answerTo(path, body(requests[path]))).toBe('answered');
  });
  test('answers nobody else: unsigned, by a stranger, or a second time', async () => {
    const url = `${open.border.ingestUrl}${path}`;
    const plain = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': RECONCILE_TYPE, 'content-encoding': 'zstd' },
      body: new Uint8Array(body(requests[path])),
    });
    expect(plain.status).toBe(400);
    expect(await answerTo(path, body(requests[path]), keysOf(party('stranger'), [chinaKey]))).toContain('signing_key_unknown');
    expect(await answerTo(path, body(requests[path]), keysOf(party('world-1'), [chinaKey]))).toContain('signature_invalid');
  });
  test('refuses what does not fit', async () => {
    expect(await answerTo(path, Buffer.from('no zstd'))).toContain('400 malformed_body');
    expect(await answerTo(path, body({}))).toContain('400 malformed_body');
    expect(await answerTo(path, body({ ...requests[path], protocol: '2.0' }))).toContain('protocol_unsupported');
    expect(await answerTo(path, body({ ...requests[path], protocol: '1.9' }))).toBe('answered');
    const noKey = { from: 'no uuid', to: null };
    expect(await answerTo(path, body({ ...requests[path], spans: [{ ...noKey, cuts: [] }], ranges: [noKey], range: noKey }))).toContain(
      '400 malformed_body',
    );
  });
  test('knows nothing of an entity that is not synced, and looks at no other table', async () => {
    expect(await answerTo(path, body({ ...requests[path], entity: 'sync.node' }))).toBe('answered');
    expect((await open.china.owner.query('SELECT FROM sync.outbox')).rowCount).toBe(0);
  });
});

test('a request works once', async () => {
  const content = body(requests['/sync/v1/digests']);
  const headers = await signedHeaders(content);
  const play = async (): Promise<number> => {
    const response = await fetch(`${open.border.ingestUrl}/sync/v1/digests`, { method: 'POST', headers, body: new Uint8Array(content) });
    return response.status;
  };
  expect([await play(), await play()]).toEqual([200, 401]);
});

async function signedHeaders(content: Buffer): Promise<Record<string, string>> {
  const { keyId, key } = await keysOf(worldKey, [chinaKey]).signing();
  const created = Math.floor(Date.now() / 1000);
  const covered = { 'content-digest': contentDigest(content), 'content-type': RECONCILE_TYPE, 'content-encoding': 'zstd' };
  const authority = new URL(open.border.ingestUrl).host;
  const signed = signRequest(
    { '@method': 'POST', '@authority': authority, '@path': '/sync/v1/digests', '@query': '?', ...covered },
    { keyId, nonce: 'a-nonce-for-one-request', created, expires: created + 30 },
    key,
  );
  return { ...signed, ...covered };
}

/** Rows of the world alone. */
async function lostRows(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await product(open.world, `${(n * 7).toString(16).padStart(2, '0')}000000-0000-5000-8000-000000000000`, `ALONE-${n}`);
  }
  await loseAll(open.world);
}
const inChina = async (): Promise<number> => (await open.china.owner.query('SELECT FROM catalog.product')).rowCount ?? 0;

describe('a run', () => {
  test('fills an empty region, and never has more under way than its bound', async () => {
    await lostRows(36);
    await open.china.owner.query('UPDATE sync.node SET filling = true');
    const waiting: number[] = [];
    open.onWait = async () => {
      waiting.push(Number((await open.world.owner.query<{ n: string }>('SELECT coalesce(sum(size), 0) AS n FROM sync.outbox')).rows[0]?.n));
      await open.deliver();
    };
    const run = await open.reconcile();
    expect(
      Number((await open.world.owner.query<{ n: string }>('SELECT coalesce(sum(size), 0) AS n FROM sync.outbox')).rows[0]?.n),
    ).toBeLessThan(36);
    await open.deliver();
    expect(run.counts).toMatchObject({ ownKeys: 36, peerKeys: 0, differing: 36, pointed: 36, asked: 0 });
    expect(Math.max(...waiting)).toBeGreaterThan(0);
    // A range that was begun below the bound is pointed at whole: eight rows here.
    expect(Math.max(...waiting)).toBeLessThan(10 + 8);
    expect(await inChina()).toBe(36);
    await open.china.owner.query('UPDATE sync.node SET filling = false');
    expect((await open.reconcile()).counts).toMatchObject({ differing: 0, pointed: 0 });
  });

  test('fills the region that it runs in, from the peer, and repeats until nothing is missing', async () => {
    await open.world.owner.query(
      'SET session_replication_role = replica; DELETE FROM catalog.product; SET session_replication_role = origin',
    );
    await open.world.owner.query('UPDATE sync.node SET collected_version = (1::int8 << 62)');
    open.onWait = () => open.deliver();
    const run = await open.reconcile({ fill: true });
    expect(run).toMatchObject({ state: 'done', counts: { asked: 36, pointed: 0 } });
    await open.deliver();
    expect((await open.world.owner.query('SELECT FROM catalog.product')).rowCount).toBe(36);
    expect((await open.world.owner.query('SELECT filling FROM sync.node')).rows).toEqual([{ filling: false }]);
    await open.world.owner.query('UPDATE sync.node SET collected_version = 0');
  });

  test('a fill that is cancelled takes its declaration back, and declares nothing any more', async () => {
    const pool = open.world.sync;
    const token = crypto.randomUUID();
    const run = await insertRun(pool, { peer: 'china', entity: null, dryRun: false, deep: false, fill: true }, token);
    if (run === undefined) throw new Error('another run is under way');
    const filling = async (): Promise<unknown> => (await open.world.owner.query('SELECT filling FROM sync.node')).rows[0];
    expect([await setFilling(pool, run.id, token, true), await filling()]).toEqual([true, { filling: true }]);
    expect([await cancelRun(pool, run.id), await filling()]).toEqual([true, { filling: false }]);
    expect([await setFilling(pool, run.id, token, true), await filling()]).toEqual([false, { filling: false }]);
    expect(await cancelRun(pool, run.id)).toBe(false);
  });

  test('that the border interrupts is kept, and goes on where it was', async () => {
    await open.world.owner.query(`UPDATE catalog.product SET price_minor = 4711 WHERE left(id::text, 1) IN ('0', 'e')`);
    await loseAll(open.world);
    let asked = 0;
    open.onWait = async () => undefined;
    open.onAsk = async () => {
      asked += 1;
      if (asked > 3) throw new NotAcknowledged('reset', 'the border: cut');
    };
    const cut = await open.reconcile({ entity: 'catalog.product' });
    expect(cut).toMatchObject({ state: 'interrupted', reason: 'the border: cut', finishedAt: null });
    open.onAsk = async () => undefined;
    expect(await open.reconciler.resume(cut.id)).toBe(true);
    await open.reconciler.idle();
    const [run] = await open.reconciler.runs(1);
    expect(run).toMatchObject({ id: cut.id, state: 'done' });
    expect(await open.reconciler.resume(cut.id)).toBe(false);
    await open.deliver();
    expect((await open.china.owner.query('SELECT FROM catalog.product WHERE price_minor = 4711')).rowCount).toBe(6);
    expect((await open.reconcile()).counts).toMatchObject({ differing: 0 });
  });

  test('is one at a time, can be cancelled, and is taken over when its process dies', async () => {
    let release: () => void = () => undefined;
    open.onAsk = () => new Promise<void>((resolve) => (release = resolve));
    const id = await open.reconciler.startReconcile();
    await expect(open.reconciler.startReconcile()).rejects.toThrow('under way already');
    await expect(open.reconciler.startReconcile({ entity: 'no.such' })).rejects.toThrow('not synced');
    const other = open.another();
    await other.resumeAbandoned();
    await other.idle();
    expect(await open.reconciler.runs(1)).toMatchObject([{ id, state: 'running' }]);
    // Its lease ends while it hangs: another process finishes it, and the first one may write nothing more.
    await open.world.owner.query(`UPDATE sync.reconcile_run SET leased_until = now() - interval '1 second' WHERE id = $1`, [id]);
    const hanging = release;
    open.onAsk = async () => undefined;
    await other.resumeAbandoned();
    await other.idle();
    const kept = async (): Promise<unknown> =>
      (await open.world.owner.query('SELECT *, xmin::text FROM sync.reconcile_run WHERE id = $1', [id])).rows[0];
    const finished = await kept();
    expect(finished).toMatchObject({ id, state: 'done' });
    hanging();
    await open.reconciler.idle();
    expect(await kept()).toEqual(finished);

    open.onAsk = () => new Promise<void>((resolve) => (release = resolve));
    const second = await open.reconciler.startReconcile();
    expect(await open.reconciler.cancel(second)).toBe(true);
    open.onAsk = async () => undefined;
    release();
    await open.reconciler.idle();
    expect(await open.reconciler.runs(1)).toMatchObject([{ id: second, state: 'cancelled' }]);
  });
});
