import { randomUUID } from 'node:crypto';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { systemClock } from '#platform/clock.ts';

import { BATCH_TYPE } from './protocol/body.ts';
import { contentDigest } from './protocol/digest.ts';
import { signRequest } from './protocol/signature.ts';
import { changes, never, openBorder, P1, party, product, skus, worldKey, type Border, type Party } from './testing/border.ts';

const MOST = 64;
let border: Border;
let open: ClientRequest[];
beforeEach(async () => {
  border = await openBorder();
  open = [];
});
afterEach(async () => {
  for (const one of open) one.destroy();
  await border?.close();
});

const path = '/sync/v1/apply';

/** The headers of a request with `body`. */
function headersOf(signer: Party, body: Buffer): Record<string, string> {
  const url = new URL(path, border.ingestUrl);
  const covered = { 'content-digest': contentDigest(body), 'content-type': BATCH_TYPE, 'content-encoding': 'zstd' };
  const created = Math.floor(Date.now() / 1000);
  const signed = signRequest(
    { '@method': 'POST', '@authority': url.host, '@path': url.pathname, '@query': '?', ...covered },
    { keyId: signer.keyId, nonce: randomUUID(), created, expires: created + 60 },
    signer.privateKey,
  );
  return { ...covered, ...signed };
}

/** Sends a request's head, and its body where one is given; resolves with the answer that comes, also to a head alone. */
function send(signer: Party, body?: Buffer): Promise<IncomingMessage> {
  const headers = { ...headersOf(signer, body ?? Buffer.from('later')), 'content-length': body?.length ?? 3_000_000 };
  const sending = request(new URL(path, border.ingestUrl), { method: 'POST', headers, agent: false });
  open.push(sending);
  if (body === undefined) sending.flushHeaders();
  else sending.end(body);
  return new Promise((resolve, reject) => sending.on('response', resolve).on('error', reject));
}

/** Sends a head, hears the answer where one comes, and leaves. */
async function isRefused(): Promise<boolean> {
  const answer = await Promise.race([send(worldKey).catch(() => undefined), systemClock.wait(500).then(() => undefined)]);
  open.at(-1)?.destroy();
  return answer?.statusCode === 503;
}

test('of a request that nobody we know has signed, no body is read', async () => {
  const stranger = party('world-1');
  expect((await send(stranger)).statusCode).toBe(401);
});

test('a herd is let in up to what the ingest can hold, the rest comes again; whoever goes makes room', async () => {
  const answers = Array.from({ length: MOST + 1 }, () => send(worldKey));
  const refused = await Promise.race(answers);
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
  // Those who are inside have announced their bodies, and are waited for. Of any two one is inside at least; they give up.
  for (const answer of answers) answer.catch(() => undefined);
  for (const one of open.slice(0, 2)) one.destroy();
  await product(border.world, P1, 'A');
  const batch = await changes(border.world);
  await expect
    .poll(
      () =>
        border
          .peerAt(border.ingestUrl)
          .apply(batch, never)
          .catch(() => []),
      { timeout: 10_000 },
    )
    .toHaveLength(1);
  expect(await skus(border.china)).toEqual(['A']);
});

test('a stranger who never reads what he is answered takes no place, however much he sends', async () => {
  const { hostname, port } = new URL(border.ingestUrl);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.on('error', () => undefined);
  try {
    const one = `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: ${BATCH_TYPE}\r\ncontent-length: 0\r\n\r\n`;
    socket.write(one.repeat(MOST * 200));
    await product(border.world, P1, 'A');
    const batch = await changes(border.world);
    for (let n = 0; n < 20; n += 1) expect(await border.peerAt(border.ingestUrl).apply(batch, never)).toHaveLength(1);
  } finally {
    socket.destroy();
  }
});

test('whoever gives up while his batch is worked on makes room only when that work has ended', async () => {
  await product(border.world, P1, 'A');
  const batch = await changes(border.world);
  const peer = border.peerAt(border.ingestUrl);
  const { body } = await peer.pack(batch);
  const holder = await border.china.owner.connect();
  try {
    await holder.query('BEGIN; LOCK TABLE catalog.product IN EXCLUSIVE MODE');
    for (let n = 0; n < MOST; n += 1) void send(worldKey, body).catch(() => undefined);
    const inside = [...open];
    await expect.poll(isRefused, { timeout: 10_000 }).toBe(true);
    for (const one of inside) one.destroy();
    const gone = () => new Promise<number>((resolve) => border.ingest.server.getConnections((_, count) => resolve(count)));
    await expect.poll(gone, { timeout: 10_000 }).toBe(0);
    expect(await isRefused()).toBe(true);
    await holder.query('COMMIT');
  } finally {
    holder.release();
  }
  await expect.poll(() => peer.apply(batch, never).catch(() => []), { timeout: 10_000 }).toHaveLength(1);
});
