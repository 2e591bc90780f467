/** Goal: Toxiproxy is there when it answers, and a stranger on its port is told from it. */
import { createServer, type Server } from 'node:http';

import { afterEach, expect, test } from 'vitest';

import { PortTaken, untilToxiproxy } from './toxiproxy-ready.ts';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

async function listen(status: number, body: string, port = 0): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, { connection: 'close' }).end(body));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('one that answers is there', async () => {
  await expect(untilToxiproxy(await listen(200, '{"version": "2.12.0"}'))).resolves.toBeUndefined();
});

test('one that is not there yet is waited for', async () => {
  const url = await listen(200, '');
  const [first] = servers.splice(0);
  await new Promise((resolve) => first?.close(resolve));
  const waiting = untilToxiproxy(url);
  await listen(200, '{"version":"git"}', Number(new URL(url).port));
  await expect(waiting).resolves.toBeUndefined();
});

test.each([
  [404, '{"error":"not found"}'],
  [200, 'hello'],
  [200, '{"status":"ok"}'],
])('who answers %i %s is a stranger', async (status, body) => {
  await expect(untilToxiproxy(await listen(status, body))).rejects.toThrow(PortTaken);
});
