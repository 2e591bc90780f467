import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import { createHttpApp } from '#platform/http.ts';
import { encodeBody } from '#platform/queue/mns-body.ts';

import {
  changes,
  chinaKey,
  keysOf,
  log,
  never,
  openBorder,
  P1,
  P2,
  product,
  senderOf,
  skus,
  worldKey,
  type Border,
} from './testing/border.ts';
import { fakePeer } from './testing/fake-peer.ts';
import { count } from './testing/products.ts';
import { BATCH_TYPE, readBatch, UnspokenVersion, writeBatch } from './protocol/body.ts';
import { PROTOCOL_VERSION } from './protocol/versions.ts';
import { deliver } from './worker/deliver.ts';
import { defaultLimits } from './worker/flow/limits.ts';
import { handleMessages, type HandleDeps } from './worker/handle.ts';
import { createUnfinished } from './worker/unfinished.ts';
import { NotAcknowledged } from './worker/not-acknowledged.ts';
import type { Peer } from './worker/post.ts';
import { connectSigned } from './worker/signed.ts';
import { BatchUnfinished, mnsTrigger, sqsTrigger } from './worker/trigger.ts';

const ENTITY = 'catalog.product';
const OWN_VERSION = `"${PROTOCOL_VERSION}"`;
const TRACE = '00-c4988b0cb9b70346423a0a7f17d63658-9be5b1facbdde7e2-01';
let border: Border;
beforeEach(async () => {
  border = await openBorder();
});
afterEach(async () => border?.close());

const bodyOf = (pointers: [string, string][], traceparent?: string): string =>
  JSON.stringify({
    specversion: '1.0',
    id: 'm',
    source: 's',
    type: 'madeinworld.sync.pointers.v1',
    traceparent,
    data: { pointers: { [ENTITY]: pointers } },
  });
const depsTo = (peer: Peer): HandleDeps => ({
  ...senderOf(border.world, peer),
  sweep: async () => undefined,
  unfinished: createUnfinished(),
});
const record = (id: string, key: string): unknown => ({
  messageId: id,
  body: bodyOf([[key, '1']]),
  attributes: { ApproximateReceiveCount: '1' },
});

describe('driven by a queue trigger', () => {
  const missing = '00000000-0000-5000-8000-0000000000ff';

  test('SQS: names the messages that have to come again, and no others', async () => {
    await product(border.world, P1, 'A');
    const trigger = sqsTrigger(depsTo(border.peerAt(border.ingestUrl)));
    const answer = await trigger({ Records: [record('done', P1), record('kept', missing)] }, never);
    expect([answer.batchItemFailures, await skus(border.china)]).toEqual([[{ itemIdentifier: 'kept' }], ['A']]);
  });

  test('MNS: a batch that is not done comes again whole, and what was answered is not sent twice', async () => {
    await product(border.world, P1, 'A');
    const sent: number[] = [];
    const peer = fakePeer(async (groups) => {
      sent.push(groups.reduce((sum, { items }) => sum + items.length, 0));
      return groups.flatMap(({ items }) => items.map(() => ({ outcome: 'applied' as const, reason: null })));
    });
    const trigger = mnsTrigger(depsTo(peer));
    const event = [
      {
        id: '1',
        data: {
          messageId: 'm1',
          messageBody: encodeBody(
            bodyOf([
              [P1, '1'],
              [P2, '1'],
            ]),
          ),
        },
      },
    ];
    await expect(trigger(event, never)).rejects.toThrow(BatchUnfinished);
    await product(border.world, P2, 'B');
    await trigger(event, never);
    expect(sent).toEqual([1, 1]);
  });
});

describe('versions', () => {
  test('a batch of another major version is refused with the versions that are spoken; of another minor it is taken', async () => {
    const connection = connectSigned({ url: border.ingestUrl, keys: keysOf(worldKey, [chinaKey]), clock: systemClock });
    border.opened.push(connection);
    const text = writeBatch('madeinworld/world', []);
    const post = async (batch: string) => connection.post('/sync/v1/apply', BATCH_TYPE, zstdCompressSync(batch), never);
    await expect(post(text.replace(OWN_VERSION, '"2.0"'))).rejects.toMatchObject({
      kind: 'protocol',
      status: 422,
      message: expect.stringContaining(`speaks ${PROTOCOL_VERSION}`),
    });
    expect((await post(text.replace(OWN_VERSION, '"1.9"'))).digest).toContain('sha-256');
    expect(() => readBatch(text.replace(OWN_VERSION, '"2.0"').replace('"entities":[]', '"shape":{}'))).toThrow(UnspokenVersion);
    expect(readBatch(text.replace(OWN_VERSION, '"1.9"').replace('"source"', '"later":true,"source"')).groups).toEqual([]);
    expect(await (await fetch(`${border.ingestUrl}/sync/v1/versions`)).json()).toEqual({ spoken: [PROTOCOL_VERSION] });
  });

  test('a peer of a later major version stalls the direction with that reason; when it speaks ours again, all crosses', async () => {
    await product(border.world, P1, 'A');
    let upgraded = true;
    const future = createHttpApp({ name: 'future', routes: 'undeclared', log, readiness: { draining: false, checks: {} } });
    future.addContentTypeParser('application/vnd.madeinworld.sync+ndjson', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    future.get('/sync/v1/versions', async () => ({ spoken: upgraded ? ['2.0'] : ['2.0', '1.3'] }));
    future.post('/sync/v1/apply', async () => {
      throw new AppError('protocol_unsupported', { spoken: ['2.0'] });
    });
    border.opened.push(future);
    const peer = border.peerAt(await future.listen({ host: '127.0.0.1', port: 0 }));
    const deps = depsTo(peer);
    const messages = [{ id: 'm', body: bodyOf([[P1, '1']]), receiveCount: 1 }];
    const { kept, failure } = await handleMessages(deps, messages, never);
    expect(kept).toEqual(['m']);
    expect(failure).toMatchObject({ kind: 'protocol', reasonCode: 'protocol_unsupported', message: expect.stringContaining('2.0') });
    await expect(peer.probe(never)).rejects.toThrow(/protocol_unsupported/);
    upgraded = false;
    await peer.probe(never);
    deps.gate.reopen();
    const again = { ...deps, peer: border.peerAt(border.ingestUrl) };
    expect((await handleMessages(again, messages, never)).done).toEqual(['m']);
  });

  test('a sweep that fails holds up no pointer that came beside it', async () => {
    await product(border.world, P1, 'A');
    const deps = { ...depsTo(border.peerAt(border.ingestUrl)), sweep: async () => Promise.reject(new Error('one bad parked item')) };
    const sweep = JSON.stringify({ specversion: '1.0', id: 's', source: 'scheduler', type: 'madeinworld.sync.sweep.v1' });
    const messages = [sweep, bodyOf([[P1, '1']])].map((body, id) => ({ id: String(id), body, receiveCount: 1 }));
    expect((await handleMessages(deps, messages, never)).done).toEqual(['0', '1']);
    expect(await skus(border.china)).toEqual(['A']);
  });

  test('a message that an outage received a hundred times is kept, and nothing of it is a dead letter', async () => {
    await product(border.world, P1, 'A');
    const messages = [{ id: 'm', body: bodyOf([[P1, '1']]), receiveCount: 100 }];
    const down = fakePeer(async () => Promise.reject(new NotAcknowledged('unreachable', 'no', { code: 'border_unreachable' })));
    const { done, kept } = await handleMessages(depsTo(down), messages, never);
    expect([done, kept, await count(border.world, 'dead_letter')]).toEqual([[], ['m'], 0]);
    expect((await handleMessages(depsTo(border.peerAt(border.ingestUrl)), messages, never)).done).toEqual(['m']);
  });

  test('every trace that led to a batch goes with it', async () => {
    await product(border.world, P1, 'A');
    await product(border.world, P2, 'B');
    const seen: (readonly string[])[] = [];
    const peer = fakePeer(async (groups) =>
      groups.flatMap(({ items }) => items.map(() => ({ outcome: 'applied' as const, reason: null }))),
    );
    const noting: Peer = { ...peer, post: async (batch, signal, how) => (seen.push(how?.traces ?? []), peer.post(batch, signal)) };
    const other = TRACE.replace('c4988b0c', 'd4988b0c');
    const messages = [bodyOf([[P1, '1']], TRACE), bodyOf([[P2, '1']], other)].map((body, id) => ({
      id: String(id),
      body,
      receiveCount: 1,
    }));
    await handleMessages(depsTo(noting), messages, never);
    expect(seen.flat().toSorted()).toEqual([TRACE, other]);
  });
});

test('over a slow wire items go by column once the peer has said that it reads them, and arrive to the letter', async () => {
  await border.world.catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, description)
     SELECT gen_random_uuid(), 'S' || n, 'n "' || n || chr(92), n, (SELECT string_agg(md5(random()::text || n || m), E'\n') FROM generate_series(1, 64) m) FROM generate_series(1, 40) n`,
  );
  const items = (await changes(border.world)).flatMap((group) => group.items);
  // A second passes between any two looks at the clock.
  let nowMs = Date.now();
  const slowClock = { ...systemClock, now: () => (nowMs += 1_000) };
  const peer = border.peerAt(border.ingestUrl, undefined, slowClock);
  const sent: boolean[] = [];
  for (const some of [items.slice(0, 20), items.slice(20)]) {
    const batch = await peer.pack([{ entity: ENTITY, items: some }]);
    sent.push(batch.byColumn);
    expect((await peer.post(batch, never)).results.map(({ outcome }) => outcome)).toEqual(some.map(() => 'applied'));
  }
  expect(sent).toEqual([false, true]);
  const columns = 'id, sku, name, price_minor, description, version, origin';
  const rowsOf = async ({ owner }: typeof border.world): Promise<unknown[]> =>
    (await owner.query(`SELECT ${columns} FROM catalog.product ORDER BY id`)).rows;
  expect(await rowsOf(border.china)).toEqual(await rowsOf(border.world));
});

test('a node of an earlier version that cannot read items by column is sent items, and nothing is given up', async () => {
  await border.world.catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, description)
     SELECT gen_random_uuid(), 'S' || n, 'n', n, (SELECT string_agg(md5(random()::text || n || m), '') FROM generate_series(1, 64) m) FROM generate_series(1, 40) n`,
  );
  const items = (await changes(border.world)).flatMap((group) => group.items);
  // Signatures cover the authority, which goes on unchanged.
  let refused = 0;
  const front = createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (zstdDecompressSync(body).includes('"pieces"')) {
        refused += 1;
        response.writeHead(400, { 'content-type': 'application/problem+json' }).end('{"code":"malformed_body"}');
        return;
      }
      const onward = httpRequest(`${border.ingestUrl}${request.url}`, { method: 'POST', headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  try {
    let nowMs = Date.now();
    const clock = { ...systemClock, now: () => (nowMs += 1_000) };
    const peer = border.peerAt(`http://127.0.0.1:${(front.address() as AddressInfo).port}`, undefined, clock);
    const post = (some: readonly string[]): Promise<unknown[]> => peer.apply([{ entity: ENTITY, items: some }], never);
    await post(items.slice(0, 20));
    await expect(post(items.slice(20))).rejects.toMatchObject({ status: 400 });
    expect((await post(items.slice(20))).length).toBe(20);
    expect([refused, (await skus(border.china)).length]).toEqual([1, 40]);
  } finally {
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  }
});

/** A border that lets `bytesPerSecond` of each connection through to `port`, and resets it after so many bytes. */
async function slowBorder(
  port: number,
  bytesPerSecond: number,
  resetAfterBytes: number,
): Promise<{ server: Server; url: string; resets: () => number }> {
  let resets = 0;
  const server = createServer((client: Socket) => {
    const upstream = connect(port, '127.0.0.1');
    let passed = 0;
    const close = (): void => void (client.destroy(), upstream.destroy());
    client.on('data', (chunk: Buffer) => {
      client.pause();
      passed += chunk.length;
      if (passed > resetAfterBytes) {
        resets += 1;
        client.resetAndDestroy();
        upstream.destroy();
        return;
      }
      setTimeout(
        () => {
          upstream.write(chunk);
          client.resume();
        },
        (chunk.length / bytesPerSecond) * 1_000,
      );
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
    for (const socket of [client, upstream]) socket.on('error', close).on('close', close);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, resets: () => resets };
}

test('over real flows that are reset again and again, what is larger than they live still crosses, and each item counts once', async () => {
  // Random text does not compress: 60 rows of 4 KB are several times what a flow carries before it is cut.
  await border.world.catalog.query(
    `INSERT INTO catalog.product (id, sku, name, price_minor, description)
     SELECT gen_random_uuid(), 'S' || n, 'n', 1, (SELECT string_agg(md5(random()::text || n || m), '') FROM generate_series(1, 128) m) FROM generate_series(1, 60) n`,
  );
  const rows = (await border.world.owner.query<{ id: string; version: string }>('SELECT id, version FROM catalog.product')).rows;
  const slow = await slowBorder(Number(new URL(border.ingestUrl).port), 100_000, 64 * 1024);
  const wanted = new Map([[ENTITY, new Map(rows.map(({ id, version }) => [id, BigInt(version)]))]]);
  try {
    const deps = senderOf(border.world, border.peerAt(slow.url), { ...defaultLimits, maxInFlight: 2 });
    // As the queue does: what is not answered comes again.
    for (let left = wanted; left.get(ENTITY)?.size !== 0;) {
      const { answered, failure } = await deliver(deps, left, never);
      if (failure !== undefined && !(failure instanceof NotAcknowledged)) throw failure;
      deps.gate.reopen();
      left = new Map([[ENTITY, new Map([...(left.get(ENTITY) ?? [])].filter(([key]) => answered.get(ENTITY)?.has(key) !== true))]]);
    }
    expect(slow.resets()).toBeGreaterThan(0);
    expect(await skus(border.china)).toHaveLength(60);
    expect((await border.china.owner.query('SELECT FROM sync.conflict')).rowCount).toBe(0);
  } finally {
    slow.server.close();
  }
});
