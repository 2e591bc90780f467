import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createLogger } from '#platform/log.ts';
import { runFrom } from '#platform/origin.ts';

import { createHttpProvider } from './http-provider.ts';
import type { PaymentProvider } from './provider.ts';

const lines: string[] = [];
const log = createLogger({ level: 'warn', region: 'world', destination: { write: (line) => void lines.push(line) } });
let server: Server;
let provider: PaymentProvider;
let answer: { readonly status: number; readonly body: string };
beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  provider = createHttpProvider({ url: `http://127.0.0.1:${port}`, apiKey: async () => 'k', timeoutMs: 5_000, log });
});
afterAll(() => void server.close());

const id = randomUUID();
const money = { amountMinor: 1, currency: 'GBP' };

it.each([
  ['of another payment', 200, { id: randomUUID(), state: 'captured' }],
  ['of a state that nobody agreed on', 200, { id, state: 'done deal' }],
  ['that is an error', 500, { id, state: 'captured' }],
  ['that refuses', 400, { id, state: 'failed' }],
  ['that is no JSON', 200, undefined],
])('an answer %s says nothing of a payment or a refund', async (_what, status, body) => {
  answer = { status, body: body === undefined ? '<html>' : JSON.stringify(body) };
  expect(await provider.start(id, money, 'card-ok')).toBe('unknown');
  expect(await provider.lookUp(id)).toBe('unknown');
  answer = { status, body: body === undefined ? '<html>' : JSON.stringify({ ...body, state: 'done' }) };
  if (status !== 200 || body?.id !== id) expect(await provider.refund(id, randomUUID(), money)).toBe('unknown');
});

it('what the provider has not heard of is absent where it is asked, and unknown where it was to begin', async () => {
  answer = { status: 404, body: JSON.stringify({ id, state: 'absent' }) };
  expect(await provider.lookUp(id)).toBe('absent');
  expect(await provider.start(id, money, 'card-ok')).toBe('unknown');
  expect(await provider.refund(id, randomUUID(), money)).toBe('unknown');
});

it.each([
  ['nothing', {}],
  ['that there is no such path, as whatever stands before it would', { message: 'Not Found' }],
  ['the same as one of ours', { type: 'urn:madeinworld:problem:not_found', status: 404, code: 'not_found' }],
  ['that of another payment', { id: randomUUID(), state: 'absent' }],
])('a 404 that says %s is no word of the provider: what it has captured stays unknown, and is asked about again', async (_what, body) => {
  answer = { status: 404, body: JSON.stringify(body) };
  expect(await provider.lookUp(id)).toBe('unknown');
});

it.each([
  ['does not answer', 200, '<html>', 'the payment provider did not answer'],
  ['answers strangely', 500, '{}', 'the payment provider answered strangely'],
])('that it %s is logged with the service and with the ids of what asked', async (_what, status, body, msg) => {
  answer = { status, body };
  const correlationId = randomUUID();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await runFrom({ traceparent: `00-${traceId}-b7ad6b7169203331-01`, correlationId }, () => provider.start(id, money, 'card-ok'));
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ msg, service: 'order', correlationId, traceId });
});
