import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { start, type Running } from '#chaos/kill/process.ts';
import { signatureFault } from '#platform/webhooks/signature.ts';

import { silentLog } from '../../../testing/region-database.ts';
import { standInCredentials, startStandIn, type StandIn } from '../../../testing/stand-in.ts';
import { createHttpProvider } from '../http-provider.ts';
import type { PaymentProvider } from '../provider.ts';
import { providerSecretName, SIGNATURE_HEADER } from '../wire.ts';

const secret = { apiKey: randomBytes(24).toString('hex'), callbackSecret: randomBytes(24).toString('hex') };
const money = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });

/** What called back: whether its signature was good, and its body. */
const callbacks: { readonly fault: string | undefined; readonly body: unknown }[] = [];
/** While above 0, callbacks are refused. */
let refusals = 0;
async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (refusals > 0) {
    refusals -= 1;
    response.writeHead(503).end();
    return;
  }
  const fault = signatureFault(secret.callbackSecret, request.headers[SIGNATURE_HEADER], bytes, Date.now());
  callbacks.push({ fault, body: JSON.parse(bytes.toString()) });
  response.writeHead(204).end();
}
const receiver = createServer((request, response) => void receive(request, response));

const main = 'services/order/payments/sandbox/main.ts';
let environment: Record<string, string>;
let cloud: StandIn;
let sandbox: Running;
let provider: PaymentProvider;
const providerAt = (url: string, apiKey = secret.apiKey, timeoutMs = 5_000) =>
  createHttpProvider({ url, apiKey: async () => apiKey, timeoutMs, log: silentLog });

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  cloud = await startStandIn('world-cloud', { [providerSecretName]: JSON.stringify(secret) });
  const secretsUrl = cloud.urlOf('world:secrets');
  environment = {
    REGION: 'world',
    PAYMENT_CALLBACK_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/callbacks`,
    SECRETS_PROVIDER: 'aws',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
  };
  sandbox = await start(main, [], environment);
  provider = providerAt(sandbox.urlOf('payments'));
}, 60_000);
afterAll(async () => {
  await sandbox?.stop();
  await cloud?.stop();
  receiver.close();
});

describe('the sandbox, a process of its own', () => {
  it.each([
    ['card-ok', 'captured', 'captured'],
    ['card-declined', 'failed', 'failed'],
    ['no such method', 'failed', 'failed'],
    ['card-broken-ok', 'unknown', 'captured'],
    ['card-lost', 'unknown', 'absent'],
    ['wallet-silent', 'unknown', 'captured'],
  ] as const)('%s: %s at first, and %s when it is asked', async (method, first, asked) => {
    const id = randomUUID();
    expect(await provider.start(id, money(100), method)).toBe(first);
    expect(await provider.lookUp(id)).toBe(asked);
  });

  it.each([
    ['card-slow-ok', 'captured'],
    ['card-slow-declined', 'failed'],
  ] as const)('%s: no answer comes, and %s when it is asked', async (method, asked) => {
    const id = randomUUID();
    expect(await providerAt(sandbox.urlOf('payments'), secret.apiKey, 300).start(id, money(100), method)).toBe('unknown');
    await expect.poll(() => provider.lookUp(id)).toBe(asked);
  });

  it('takes a payment once, whatever is sent under its id later', async () => {
    const id = randomUUID();
    expect(await provider.start(id, money(100), 'card-declined')).toBe('failed');
    expect(await provider.start(id, money(100), 'card-ok')).toBe('failed');
  });

  it('pays back each refund once, and no more than it has', async () => {
    const [id, first] = [randomUUID(), randomUUID()];
    await provider.start(id, money(100), 'card-ok');
    expect(await provider.refund(first, id, money(60))).toBe('done');
    expect(await provider.refund(first, id, money(60))).toBe('done');
    expect(await provider.refund(randomUUID(), id, money(41))).toBe('failed');
    expect(await provider.refund(randomUUID(), id, { amountMinor: 1, currency: 'EUR' })).toBe('failed');
    expect(await provider.refund(randomUUID(), id, money(40))).toBe('done');
    expect(await provider.refund(randomUUID(), randomUUID(), money(1))).toBe('failed');
    const closed = randomUUID();
    await provider.start(closed, money(100), 'card-closed');
    expect(await provider.refund(randomUUID(), closed, money(1))).toBe('failed');
  });

  it('calls back twice, signed, and again where it was not taken', async () => {
    refusals = 2;
    const id = randomUUID();
    expect(await provider.start(id, money(100), 'wallet-ok')).toBe('unknown');
    await expect.poll(() => callbacks, { timeout: 20_000 }).toHaveLength(2);
    expect(callbacks).toEqual(Array.from({ length: 2 }, () => ({ fault: undefined, body: { paymentId: id, outcome: 'captured' } })));
  });

  it('answers nobody who has not the key, and who asks it then knows nothing', async () => {
    const stranger = providerAt(sandbox.urlOf('payments'), 'x'.repeat(48));
    expect([
      await stranger.start(randomUUID(), money(1), 'card-ok'),
      await stranger.lookUp(randomUUID()),
      await stranger.refund(randomUUID(), randomUUID(), money(1)),
    ]).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('knows what it was paid and paid back after it was killed, where it has a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'madeinworld-sandbox-'));
    const kept = { ...environment, PAYMENT_SANDBOX_LEDGER_FILE: join(folder, 'world.jsonl') };
    let running = await start(main, [], kept);
    try {
      const [id, declined, reopened, back] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      const before = providerAt(running.urlOf('payments'));
      expect(await before.start(id, money(100), 'card-ok')).toBe('captured');
      expect(await before.start(declined, money(100), 'card-declined')).toBe('failed');
      expect(await before.start(reopened, money(100), 'card-reopened')).toBe('captured');
      expect(await before.refund(back, id, money(60))).toBe('done');
      expect(await before.refund(randomUUID(), reopened, money(1))).toBe('failed');
      running.kill('SIGKILL');
      await running.ended;
      running = await start(main, [], kept);
      const after = providerAt(running.urlOf('payments'));
      expect([await after.lookUp(id), await after.lookUp(declined), await after.lookUp(randomUUID())]).toEqual([
        'captured',
        'failed',
        'absent',
      ]);
      expect(await after.refund(back, id, money(60))).toBe('done');
      expect(await after.refund(randomUUID(), id, money(41))).toBe('failed');
      expect(await after.refund(randomUUID(), id, money(40))).toBe('done');
      // The first refund of such a payment is refused, and that was before.
      expect(await after.refund(randomUUID(), reopened, money(100))).toBe('done');
    } finally {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('that is not there leaves everything unknown', async () => {
    const nowhere = providerAt('http://127.0.0.1:1/');
    expect(await nowhere.start(randomUUID(), money(1), 'card-ok')).toBe('unknown');
    expect(await nowhere.lookUp(randomUUID())).toBe('unknown');
  });
});
