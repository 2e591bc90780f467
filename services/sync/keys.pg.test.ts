import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { cacheSecrets } from '#platform/secrets/cache.ts';

import { buildIngestApp } from './ingest/app.ts';
import { createSyncKeys } from './keys.ts';
import { BATCH_TYPE } from './protocol/body.ts';
import { contentDigest } from './protocol/digest.ts';
import { signRequest, signResponse, type SignatureParams } from './protocol/signature.ts';
import {
  chinaKey,
  changes,
  keysOf,
  log,
  never,
  openBorder,
  P1,
  party,
  policies,
  product,
  skus,
  worldKey,
  type Border,
  type Party,
} from './testing/border.ts';
import type { TestRegion } from './testing/regions.ts';
import { connectPeer } from './worker/post.ts';
import { NotAcknowledged } from './worker/not-acknowledged.ts';

let border: Border;
let world: TestRegion;
let china: TestRegion;

beforeEach(async () => {
  border = await openBorder();
  ({ world, china } = border);
});
afterEach(async () => border?.close());

/** A server where the peer should be: `answer` is given what was sent. */
async function impostor(
  answer: (request: IncomingMessage, body: Buffer) => { status: number; headers: Record<string, string>; body: string },
): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, headers, body } = answer(request, Buffer.concat(chunks));
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  border.opened.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nonceOf = (request: IncomingMessage): string => /nonce="([^"]+)"/.exec(String(request.headers['signature-input']))?.[1] ?? '';

/** What the peer would answer to one item, signed by `signer` for a request with `digest`. */
function answerOf(
  request: IncomingMessage,
  signer: Party,
  digest: string,
): { status: number; headers: Record<string, string>; body: string } {
  const body = JSON.stringify({ digest: String(request.headers['content-digest']), count: 1, others: [] });
  const own = contentDigest(Buffer.from(body));
  const created = Math.floor(Date.now() / 1000);
  const signed = signResponse(
    { '@status': '200', 'content-digest': own, 'content-type': 'application/json', 'content-digest;req': digest },
    { keyId: signer.keyId, nonce: nonceOf(request), created, expires: created + 60 },
    signer.privateKey,
  );
  return { status: 200, headers: { ...signed, 'content-digest': own, 'content-type': 'application/json' }, body };
}

describe('an answer', () => {
  const sendTo = async (url: string): Promise<string> =>
    border
      .peerAt(url)
      .apply([{ entity: 'catalog.product', items: ['{}'] }], never)
      .then(() => 'acknowledged')
      .catch((error: unknown) => (error instanceof NotAcknowledged ? error.message : 'another error'));

  test('that the peer signed for this request acknowledges it', async () => {
    const url = await impostor((request) => answerOf(request, chinaKey, String(request.headers['content-digest'])));
    expect(await sendTo(url)).toBe('acknowledged');
  });

  test('a well-formed answer under the name of the peer, signed by a stranger, does not', async () => {
    const stranger = party(chinaKey.keyId);
    const url = await impostor((request) => answerOf(request, stranger, String(request.headers['content-digest'])));
    expect(await sendTo(url)).toContain('not signed by the peer');
  });

  test('that the peer signed for another request does not', async () => {
    const url = await impostor((request) => answerOf(request, chinaKey, contentDigest(Buffer.from('another body'))));
    expect(await sendTo(url)).toContain('not signed by the peer');
  });
});

describe('a request', () => {
  const HOST = 'ingest.test';
  const now = (): number => Math.floor(Date.now() / 1000);

  /** Posts `body` under a signature of the world's, both changed as the case says; answers status and code. */
  async function post(
    change: {
      inSeconds?: { created?: number; expires?: number };
      params?: Partial<SignatureParams>;
      path?: string;
      sent?: string;
      unsigned?: boolean;
    } = {},
  ): Promise<string> {
    const body = Buffer.from('not zstd');
    const covered = { 'content-digest': contentDigest(body), 'content-type': BATCH_TYPE, 'content-encoding': 'zstd' };
    const signed = signRequest(
      { '@method': 'POST', '@authority': HOST, '@path': change.path ?? '/sync/v1/apply', '@query': '?', ...covered },
      {
        keyId: 'world-1',
        nonce: crypto.randomUUID(),
        created: now() + (change.inSeconds?.created ?? 0),
        expires: now() + (change.inSeconds?.expires ?? 60),
        ...change.params,
      },
      worldKey.privateKey,
    );
    const response = await border.ingest.inject({
      method: 'POST',
      url: '/sync/v1/apply',
      headers: { ...(change.unsigned ? {} : signed), ...covered, host: HOST },
      payload: change.sent ?? body,
    });
    return `${response.statusCode} ${response.json<{ code: string }>().code}`;
  }

  test.each([
    ['with all in order gets to its body', {}, '400 malformed_body'],
    ['with another body than its digest says', { sent: 'other' }, '400 digest_mismatch'],
    ['without a signature', { unsigned: true }, '401 signature_missing'],
    ['with a nonce too short to be one', { params: { nonce: 'short' } }, '401 signature_missing'],
    ['under a key that nobody knows', { params: { keyId: 'world-9' } }, '401 signing_key_unknown'],
    ['that was signed for another path', { path: '/sync/v1/other' }, '401 signature_invalid'],
    ['that was signed too long ago', { inSeconds: { created: -120, expires: -60 } }, '401 signature_clock'],
    ['that was signed for later', { inSeconds: { created: 30, expires: 60 } }, '401 signature_clock'],
    ['that would be in force for more than a minute', { inSeconds: { expires: 120 } }, '401 signature_clock'],
  ])('a request %s: %o -> %s', async (_name, change, expected) => {
    expect(await post(change)).toBe(expected);
  });

  test('is signed by no time that a stranger at the border tells, beyond ten minutes', async () => {
    const created: number[] = [];
    const url = await impostor((request) => {
      created.push(Number(/created=(\d+)/.exec(String(request.headers['signature-input']))?.[1]));
      return { status: 401, headers: { 'x-receiver-time': String(Date.now() + 86_400_000) }, body: '{}' };
    });
    const peer = border.peerAt(url);
    for (let n = 0; n < 2; n += 1) await peer.apply([{ entity: 'catalog.product', items: ['{}'] }], never).catch(() => undefined);
    expect(created.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...created)).toBeLessThanOrEqual(now() + 1);
  });
});

describe('keys', () => {
  const jwk = (key: Party['publicKey']): { kty?: string; crv?: string; x?: string; d?: string } => {
    const { kty, crv, x, d } = key.export({ format: 'jwk' });
    return {
      ...(kty === undefined ? {} : { kty }),
      ...(crv === undefined ? {} : { crv }),
      ...(x === undefined ? {} : { x }),
      ...(d === undefined ? {} : { d }),
    };
  };
  const signingKey = (own: Party): string => JSON.stringify({ keyId: own.keyId, privateKey: jwk(own.privateKey) });
  const peerKeys = (...peers: Party[]): string =>
    JSON.stringify({ keys: peers.map(({ keyId, publicKey }) => ({ keyId, publicKey: jwk(publicKey) })) });

  /** Clocks that are moved by hand, so that the caches of secrets run out when the test says so. */
  const shiftMs = { world: 0, china: 0 };
  const secretsOf = (documents: Map<string, string>, region: 'world' | 'china') =>
    createSyncKeys(
      cacheSecrets(
        {
          get: async (name) => documents.get(name) ?? Promise.reject(new Error('no such secret')),
          close: () => undefined,
        },
        { clock: { ...systemClock, now: () => Date.now() + shiftMs[region] } },
      ),
    );

  test('rotate with overlap: no request fails, whether or not the caches have run out when the signer changes', async () => {
    const atWorld = new Map([
      ['madeinworld/sync/signing-key', signingKey(worldKey)],
      ['madeinworld/sync/peer-keys', peerKeys(chinaKey)],
    ]);
    const atChina = new Map([
      ['madeinworld/sync/signing-key', signingKey(chinaKey)],
      ['madeinworld/sync/peer-keys', peerKeys(worldKey)],
    ]);
    const readiness = { draining: false, checks: {} };
    const app = buildIngestApp({ pool: china.sync, policies, keys: secretsOf(atChina, 'china'), log, clock: systemClock, readiness });
    border.opened.push(app);
    const peer = connectPeer({
      url: await app.listen({ host: '127.0.0.1', port: 0 }),
      region: 'world',
      keys: secretsOf(atWorld, 'world'),
      clock: systemClock,
      timeoutMs: 5_000,
    });
    border.opened.push(peer);
    await product(world, P1, 'A');
    const batch = await changes(world);
    let sent = 0;
    const failures: string[] = [];
    const stop = new AbortController();
    const load = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await peer.apply(batch, never).catch((error: unknown) => failures.push(String(error)));
        sent += 1;
      }
    };
    const flows = [load(), load(), load()];
    const untilMore = async (): Promise<void> => {
      const before = sent;
      await expect.poll(() => sent, { timeout: 10_000 }).toBeGreaterThan(before + 10);
    };
    const signers = async (): Promise<string[]> =>
      (await china.owner.query<{ key_id: string }>('SELECT DISTINCT key_id FROM sync.nonce ORDER BY 1')).rows.map((row) => row.key_id);
    const cachesRunOut = async (...regions: ('world' | 'china')[]): Promise<void> => {
      await untilMore();
      for (const region of regions) shiftMs[region] += 61_000;
      await untilMore();
    };

    const [second, third, answering] = [party('world-2'), party('world-3'), party('china-2')];
    // By the book: the new key beside the old one, a wait, the new signer, a wait, the old key away.
    atChina.set('madeinworld/sync/peer-keys', peerKeys(worldKey, second));
    await cachesRunOut('world', 'china');
    atWorld.set('madeinworld/sync/signing-key', signingKey(second));
    await cachesRunOut('world', 'china');
    expect(await signers()).toEqual(['world-1', 'world-2']);
    atChina.set('madeinworld/sync/peer-keys', peerKeys(second));
    await cachesRunOut('world', 'china');
    // In haste: the signer changes while the receiver still has the old list in its cache. An unknown key makes it look again.
    atChina.set('madeinworld/sync/peer-keys', peerKeys(second, third));
    atWorld.set('madeinworld/sync/signing-key', signingKey(third));
    await cachesRunOut('world');
    expect(await signers()).toEqual(['world-1', 'world-2', 'world-3']);
    // Whoever answers rotates as well.
    atWorld.set('madeinworld/sync/peer-keys', peerKeys(chinaKey, answering));
    await cachesRunOut('world', 'china');
    atChina.set('madeinworld/sync/signing-key', signingKey(answering));
    await cachesRunOut('world', 'china');
    atWorld.set('madeinworld/sync/peer-keys', peerKeys(answering));
    await cachesRunOut('world', 'china');

    stop.abort();
    await Promise.all(flows);
    expect(failures).toEqual([]);
    expect(await skus(china)).toEqual(['A']);
  });

  test('a key that was taken away is refused when the caches have run out', async () => {
    const atChina = new Map([
      ['madeinworld/sync/signing-key', signingKey(chinaKey)],
      ['madeinworld/sync/peer-keys', peerKeys(worldKey)],
    ]);
    const readiness = { draining: false, checks: {} };
    const app = buildIngestApp({ pool: china.sync, policies, keys: secretsOf(atChina, 'china'), log, clock: systemClock, readiness });
    border.opened.push(app);
    const peer = border.peerAt(await app.listen({ host: '127.0.0.1', port: 0 }), keysOf(worldKey, [chinaKey]));
    await product(world, P1, 'A');
    const batch = await changes(world);
    expect(await peer.apply(batch, never)).toHaveLength(1);
    atChina.set('madeinworld/sync/peer-keys', peerKeys(party('world-2')));
    shiftMs.china += 61_000;
    await expect(peer.apply(batch, never)).rejects.toThrow('signing_key_unknown');
  });
});
