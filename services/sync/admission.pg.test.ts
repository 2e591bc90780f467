import { randomUUID } from 'node:crypto';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

import { afterEach, beforeEach, expect, test } from 'vitest';

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

/** Sends the head of a request that announces a body, and nothing of the body; resolves with the answer that comes all the same. */
function sendHead(signer: Party): Promise<IncomingMessage> {
  const url = new URL('/sync/v1/apply', border.ingestUrl);
  const covered = { 'content-digest': contentDigest(Buffer.from('later')), 'content-type': BATCH_TYPE, 'content-encoding': 'zstd' };
  const created = Math.floor(Date.now() / 1000);
  const signed = signRequest(
    { '@method': 'POST', '@authority': url.host, '@path': url.pathname, '@query': '?', ...covered },
    { keyId: signer.keyId, nonce: randomUUID(), created, expires: created + 60 },
    signer.privateKey,
  );
  const sending = request(url, { method: 'POST', headers: { ...covered, ...signed, 'content-length': 3_000_000 } });
  open.push(sending);
  sending.flushHeaders();
  return new Promise((resolve, reject) => sending.on('response', resolve).on('error', reject));
}

test('of a request that nobody we know has signed, no body is read', async () => {
  const stranger = party('world-1');
  expect((await sendHead(stranger)).statusCode).toBe(401);
});

test('a herd is let in up to what the ingest can hold, the rest comes again; whoever goes makes room', async () => {
  const answers = Array.from({ length: MOST + 1 }, () => sendHead(worldKey));
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
