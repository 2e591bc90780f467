import { createSocket } from 'node:dgram';
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startChild, type StartedChild } from '../started-child.ts';
import { askTcp, askUdp, questionFor, readAnswer } from './testing/ask.ts';
import { endpoints, tableFile } from './testing/authority.ts';

const main = new URL('./main.ts', import.meta.url);
const flags = [
  '--table',
  fileURLToPath(tableFile),
  ...[...endpoints].flatMap(([name, at]) => ['--endpoint', `${name}=${at.address}:${at.port}`]),
];
let child: StartedChild;
let port: number;

const portOf = (started: StartedChild): number => Number(new URL(started.urlOf('dns')).port);

beforeAll(async () => {
  child = await startChild(main, flags);
  port = portOf(child);
});
afterAll(async () => {
  expect(await child.stop()).toBe(0);
});

test('answers by UDP and by TCP on one port, by subnet', async () => {
  const question = questionFor('device-api.madeinworld.com', { subnet: '114.114.114.0/24' });
  const byUdp = await askUdp(port, question);
  expect(readAnswer(byUdp).answers).toContain('device-api.china.madeinworld.com A 127.0.0.1');
  expect(await askTcp(port, [question])).toEqual([byUdp]);
});

test("the system's own resolver reads it", async () => {
  const resolver = new dns.Resolver();
  resolver.setServers([`127.0.0.1:${port}`]);
  expect(await resolver.resolveCname('device-api.madeinworld.com')).toEqual(['device-api.world.madeinworld.com']);
  expect(await resolver.resolve4('device-api.madeinworld.com', { ttl: true })).toEqual([{ address: '127.0.0.1', ttl: 60 }]);
  expect(await resolver.resolveSrv('_https._tcp.device-api.madeinworld.com')).toMatchObject([
    { name: 'device-api.world.madeinworld.com', port: 4001 },
  ]);
  expect(await resolver.resolveTxt('admin.madeinworld.com')).toEqual([['region=world', 'url=http://127.0.0.1:4003']]);
  await expect(resolver.resolve4('shop.madeinworld.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolve6('device-api.world.madeinworld.com')).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolve4('example.org')).rejects.toMatchObject({ code: 'EREFUSED' });
});

test('who asks from this machine is in the default region', async () => {
  const chinese = await startChild(main, [...flags, '--default-region', 'china']);
  try {
    const resolver = new dns.Resolver();
    resolver.setServers([`127.0.0.1:${portOf(chinese)}`]);
    expect(await resolver.resolveCname('device-api.madeinworld.com')).toEqual(['device-api.china.madeinworld.com']);
  } finally {
    await chinese.stop();
  }
});

test('several questions on a connection are answered in their order, in whatever pieces they come', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => index + 1);
  const questions = ids.map((id) => questionFor('admin.madeinworld.com', { id }));
  const replies = await askTcp(port, questions, 7);
  expect(replies.map((reply) => reply.readUInt16BE(0))).toEqual(ids);
});

test('a connection that sends what is too long, or an answer, is closed', async () => {
  const good = questionFor('admin.madeinworld.com');
  expect(await askTcp(port, [good])).toHaveLength(1);
  expect(await askTcp(port, [Buffer.alloc(5000)])).toEqual([]);
  expect(await askTcp(port, [Buffer.alloc(12, 0xff), good])).toEqual([]);
});

test('rubbish by UDP and TCP leaves it answering', async () => {
  const socket = createSocket('udp4');
  for (let length = 0; length < 300; length += 1) {
    const octets = Buffer.from(Array.from({ length }, (_, index) => (index * 37 + length * 101) & 0xff));
    socket.send(octets, port, '127.0.0.1');
    if (length % 60 === 1) await askTcp(port, [octets]);
  }
  const reply = await askUdp(port, questionFor('admin.madeinworld.com', { id: 99 }));
  expect(reply.readUInt16BE(0)).toBe(99);
  socket.close();
});

test('a mistake in the command line is told with the way out', async () => {
  await expect(startChild(main, [])).rejects.toThrow(/exit 2: --table FILE is required/);
  await expect(startChild(main, flags.slice(0, -2))).rejects.toThrow(/exit 2: --endpoint: .*admin.china.madeinworld.com=127.0.0.1:PORT/);
  await expect(startChild(main, [...flags, '--default-region', 'mars'])).rejects.toThrow(/exit 2: .*china or world, not "mars"/);
  await expect(startChild(main, [...flags, '--endpoint', 'a=10.0.0.1:1'])).rejects.toThrow(/exit 2: .*127.0.0.1:PORT/);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port: takenPort } = taken.address() as { port: number };
  await expect(startChild(main, [...flags, '--port', String(takenPort)])).rejects.toThrow(/exit 1: .*EADDRINUSE/s);
  taken.close();
});
