import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { parseAllowed } from './allowed.ts';
import { preloadArguments, preloadEnvironment } from './control.ts';

const reach = fileURLToPath(new URL('./testing/reach.ts', import.meta.url));

interface Reached {
  readonly result: unknown;
  /** The lines of JSON on stderr. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

async function run(
  way: string,
  {
    allow = [],
    args = [],
    routes = {},
  }: Pick<Parameters<typeof preloadEnvironment>[0], 'routes'> & {
    readonly allow?: readonly string[];
    readonly args?: readonly string[];
  } = {},
): Promise<Reached> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [...preloadArguments(), reach, way, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...preloadEnvironment({ allow, skewMs: 0, routes }) },
  });
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (out === '') throw new Error(`${way} said nothing: ${complaints}`);
  const lines = complaints.split('\n').filter((line) => line.startsWith('{'));
  return { result: JSON.parse(out), log: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const denied = (target: string): object => ({ level: 'error', code: 'EGRESS_DENIED', target });

describe('what reaches out is refused, with its name and the line that did it', () => {
  test.concurrent.each([
    ['http', 'service.invalid:80'],
    ['https', 'service.invalid:443'],
    ['http2', 'service.invalid:443'],
    ['fetch', 'service.invalid:80'],
    ['fetch-post', 'service.invalid:80'],
    ['request', 'service.invalid:80'],
    ['request-of-a-stream', 'service.invalid:80'],
    ['undici-fetch', 'service.invalid:80'],
    ['pool', 'service.invalid:80'],
    ['pg', 'db.invalid:5432'],
    ['tls', 'service.invalid:443'],
    ['net', 'service.invalid:25'],
    ['metadata', '169.254.169.254:80'],
    ['ipv6', '[2001:db8::1]:80'],
    ['mapped-ipv6', '[::ffff:192.0.2.1]:80'],
    ['zero', '0.0.0.0:9'],
    ['lying-lookup', '192.0.2.1'],
    ['empty-path', '192.0.2.1:80'],
    ['tls-empty-path', '192.0.2.1:80'],
    ['padded-port', '192.0.2.1:80'],
    ['lookup', 'service.invalid'],
    ['lookup-all', 'service.invalid'],
    ['lookup-promise', 'service.invalid'],
    ['lookup-promisified', 'service.invalid'],
    ['resolve', 'service.invalid'],
    ['resolve-promise', 'service.invalid'],
    ['resolver', 'service.invalid'],
    ['resolver-promise', 'service.invalid'],
    ['resolve-after-set-servers', 'service.invalid'],
    ['set-servers', '192.0.2.1:53'],
    ['set-servers-promises', '[2001:db8::1]:53'],
    ['resolver-elsewhere', '192.0.2.1:5353'],
    ['resolver-elsewhere-of-callbacks', '192.0.2.1:53'],
    ['reverse', '192.0.2.1'],
    ['lookup-service', '192.0.2.1'],
    ['datagram', '192.0.2.1:53'],
    ['datagram-slice', 'service.invalid:53'],
    ['datagram-connect', '192.0.2.1:53'],
    ['datagram-slice-of-texts', '192.0.2.1:53'],
    ['aws', 'sqs.eu-west-1.amazonaws.com:443'],
    ['worker', 'service.invalid:80'],
    ['spawned-node', 'service.invalid:80'],
    ['forked-node', 'service.invalid:80'],
  ])('%s', async (way, target) => {
    const { result, log } = await run(way);
    expect(JSON.stringify(result), 'what the caller got').toContain('The twin lets nothing out');
    expect(log[0]).toMatchObject(denied(target));
    expect(log[0]!['callSite'], 'its call site').toContain('/testing/reach.ts:');
    expect(log[0]!['message']).toContain('Point what wants it at the twin');
  });

  test('the error is the one that the caller gets, and says what to do', async () => {
    expect((await run('http')).result).toMatchObject({
      code: 'EGRESS_DENIED',
      message: expect.stringMatching(/service\.invalid:80 is refused.*SIM_EGRESS_ALLOW=service\.invalid:80/) as unknown,
    });
    expect((await run('fetch')).result).toMatchObject({ message: 'fetch failed', cause: { code: 'EGRESS_DENIED' } });
  });

  test("the SDK's search for credentials in a machine's metadata ends at once", async () => {
    const { log } = await run('aws-metadata');
    expect(log).toContainEqual(expect.objectContaining(denied('169.254.169.254:80')));
  });

  test.each(['datagram-lying-lookup', 'datagram-lying-lookup-of-nobody', 'datagram-connect-lying-lookup'])('%s', async (way) => {
    const { result, log } = await run(way);
    expect(result).toMatchObject({ code: 'EGRESS_DENIED' });
    expect(log[0]).toMatchObject(denied('192.0.2.1'));
  });

  test.each(['websocket', 'worker-of-text', 'worker-of-nothing'])('%s is refused, with less said of it', async (way) => {
    const { log } = await run(way);
    expect(log[0]).toMatchObject(denied('service.invalid:80'));
  });

  test("nodemailer looks up out of a callback of its own, so the line is the library's", async () => {
    const { result, log } = await run('nodemailer');
    expect(result).toMatchObject({ message: expect.stringContaining('The twin lets nothing out') as unknown });
    expect(log[0]).toMatchObject({ ...denied('mail.invalid'), callSite: expect.stringContaining('/node_modules/nodemailer/') as unknown });
  });
});

test('the loopback interface is reached as ever, and an address is no question', async () => {
  const { result, log } = await run('loopback');
  expect(result).toEqual(['here', 'here', 'here', '127.0.0.1', '192.0.2.1', 'datagram']);
  expect(log).toEqual([]);
});

test('what is attached is reached, at its port alone', async () => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { result, log } = await run('attached', { allow: [`attached.invalid:${port}`], args: [String(port)] });
  server.close();
  expect(result).toMatchObject({ code: 'EGRESS_DENIED' });
  expect(log).toEqual([expect.objectContaining(denied(`attached.invalid:${port + 1}`))]);
});

describe('what has a link is reached over it, also past its name', () => {
  test.concurrent.each([
    ['http', 'service.invalid:80'],
    ['https', 'service.invalid:443'],
    ['fetch', 'service.invalid:80'],
    ['pool', 'service.invalid:80'],
    ['pg', 'db.invalid:5432'],
    ['tls', 'Service.invalid:443'],
    ['net', 'service.invalid:25'],
    ['aws', 'sqs.eu-west-1.amazonaws.com:443'],
    // It connects to what it has looked up.
    ['nodemailer-named', 'localhost:9'],
  ])('%s', async (way, place) => {
    const link = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
    await once(link, 'listening');
    let connections = 0;
    link.on('connection', () => (connections += 1));
    const { port } = link.address() as AddressInfo;
    const { log } = await run(way, { allow: [place], routes: { [place]: `127.0.0.1:${port}` } });
    link.close();
    expect(connections).toBeGreaterThan(0);
    expect(log).toEqual([]);
  });
});

test('a list that cannot be read ends the process before the service begins', async () => {
  await expect(run('http', { allow: ['db.example.com'] })).rejects.toThrow(/SIM_EGRESS_ALLOW holds "db.example.com"; it must be host:port/);
});

describe('the list', () => {
  test('names hosts and ports, in any letters', () => {
    const allowed = parseAllowed('db.Example.com:5432, [2001:db8::1]:443');
    expect(allowed.reaches('DB.example.COM', 5432)).toBe(true);
    expect(allowed.reaches('db.example.com', 5433)).toBe(false);
    expect(allowed.reaches('2001:db8::1', 443)).toBe(true);
    expect(allowed.names('db.example.com')).toBe(true);
    expect(allowed.names('example.com')).toBe(false);
  });

  test('holds the addresses that its names turn out to have', () => {
    const allowed = parseAllowed('db.example.com:5432');
    allowed.learn('db.example.com', '192.0.2.7');
    expect(allowed.reaches('192.0.2.7', 5432)).toBe(true);
    expect(allowed.reaches('192.0.2.7', 80)).toBe(false);
  });

  test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('always holds %s', (host) => {
    expect(parseAllowed('').reaches(host, 1)).toBe(true);
  });

  test.each([
    '0.0.0.0',
    '::',
    '127.1',
    '2130706433',
    '0177.0.0.1',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '::ffff:8.8.8.8',
    '10.0.0.1',
  ])('never by itself holds %s', (host) => {
    expect(parseAllowed('').reaches(host, 1)).toBe(false);
  });

  test.each(['host', 'host:', ':1', 'host:99999', 'http://host:80', '::1:80', '[::1]'])('refuses %s', (text) => {
    expect(() => parseAllowed(text)).toThrow(RangeError);
  });
});
