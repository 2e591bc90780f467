import type { Server } from 'node:http';
import { request } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServer, listenOnLoopback } from '../child.ts';
import { createControl } from './control.ts';
import { createDenial } from './denial.ts';
import { createQueueFaults, type QueueFaults } from './queue-faults.ts';

let server: Server;
let url: string;
let queue: QueueFaults;
let upstreams: unknown[];

beforeEach(async () => {
  queue = createQueueFaults();
  upstreams = [];
  server = createControl({
    queue,
    denial: createDenial(),
    entrance(of, upstream) {
      upstreams.push([of, upstream]);
      return upstream === undefined ? undefined : '127.0.0.1:9';
    },
    onFault: (error) => expect.fail(String(error)),
  });
  url = await listenOnLoopback(server, 0);
});
afterEach(() => closeServer(server));

const guard = { 'x-madeinworld-control': '1' };
const fault = { share: 1, seed: 1, delaySeconds: 0 };

/** `fetch` would not let a test name its own host, as DNS rebinding does. */
async function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<{ status?: number; body: unknown }> {
  const asked = request(`${url}${path}`, { method, headers: { connection: 'close', ...headers } });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return { status: answer.statusCode, body: JSON.parse(text) };
}

describe('the control of faults', () => {
  it('puts faults in force, tells what they did, and takes them away', async () => {
    const upstream = 'http://127.0.0.1:8';
    expect(await ask('PUT', '/drop', guard, { fault, upstream })).toEqual({
      status: 200,
      body: { tally: { seen: 0, struck: 0 }, entrance: '127.0.0.1:9', others: 0 },
    });
    expect(await ask('PUT', '/delay', guard, { fault })).toMatchObject({ body: { entrance: null, others: 1 } });
    expect(upstreams).toEqual([
      ['queue', upstream],
      ['queue', undefined],
    ]);
    expect(await ask('GET', '/drop', guard)).toMatchObject({ body: { tally: { seen: 0, struck: 0 }, others: 1 } });
    expect(await ask('DELETE', '/drop', guard)).toMatchObject({ body: { tally: { seen: 0, struck: 0 }, others: 1 } });
    expect(await ask('DELETE', '/drop', guard)).toMatchObject({ body: { tally: null } });
    expect(queue.kinds()).toEqual(['delay']);
    expect(await ask('PUT', '/deny', guard, { names: [] })).toMatchObject({ body: { tally: { seen: 0, struck: 0 } } });
  });

  it.each([
    ['without the header that a page cannot send unasked', {}],
    ['by a page', { ...guard, origin: 'http://127.0.0.1:1' }],
    ['by a page that says no origin', { ...guard, 'sec-fetch-site': 'same-origin' }],
    ['under a name that was led here', { ...guard, host: 'evil.example' }],
  ])('refuses to be driven %s', async (_, headers) => {
    expect(await ask('PUT', '/drop', headers, { fault })).toMatchObject({ status: 403 });
    expect(await ask('OPTIONS', '/drop', headers)).toMatchObject({ status: 403 });
    expect(queue.kinds()).toEqual([]);
  });

  it.each([
    ['PUT', '/drop', { fault: { ...fault, share: 2 } }, 400],
    ['PUT', '/drop', { fault: { ...fault, more: 1 } }, 400],
    ['PUT', '/drop', { fault, upstream: 'http://elsewhere.example' }, 400],
    ['PUT', '/deny', { names: 'a' }, 400],
    ['PUT', '/melt', { fault }, 404],
    ['POST', '/drop', { fault }, 405],
  ])('refuses %s %s %j', async (method, path, body, status) => {
    expect(await ask(method, path, guard, body)).toMatchObject({ status });
    expect(queue.kinds()).toEqual([]);
  });
});
