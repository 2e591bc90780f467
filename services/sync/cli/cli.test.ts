import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { merge } from './trace.ts';

const main = join(import.meta.dirname, 'main.ts');
let folder: string;
let server: Server;
let url: string;
let asked: { method: string; url: string; authorization: string; body: string }[];
let answer: (request: IncomingMessage) => { status: number; body: unknown };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sync-cli-'));
  await writeFile(join(folder, 'token'), 'a.b.c\n');
  asked = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({
        method: request.method ?? '',
        url: request.url ?? '',
        authorization: request.headers.authorization ?? '',
        body: Buffer.concat(chunks).toString(),
      });
      const { status, body } = answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command line as a user does, with no twin there. */
function sync(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, SIM_DIR: join(folder, '.sim'), NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}
const there = (): string[] => ['--region', 'world', '--url', url, '--token-file', join(folder, 'token')];
const problem = (status: number, code: string, detail?: string) => ({
  status,
  body: { type: `urn:madeinworld:problem:${code}`, title: code, status, code, ...(detail === undefined ? {} : { detail }) },
});

describe('what is wrong is said with what to do next', () => {
  test('without a twin', async () => {
    const { code, stderr } = await sync('status');
    expect(code).toBe(1);
    expect(stderr).toContain('sync: the twin is not up');
    expect(stderr).toContain('npm run sim:up');
    expect(stderr).toContain('--url REGION=URL');
  });

  test('with an API that is down', async () => {
    await new Promise((resolve) => server.close(resolve));
    const { code, stderr } = await sync('status', ...there());
    expect([code, stderr]).toEqual([1, expect.stringContaining(`sync: world does not answer at ${url} (ECONNREFUSED)`)]);
    expect(stderr).toContain('sync-worker running?');
  });

  test.each([
    [
      problem(401, 'unauthenticated', 'The access token has expired.'),
      'The access token has expired.',
      'Put a new access token of world into',
    ],
    [problem(403, 'forbidden'), 'world answered 403 forbidden', 'role admin'],
    [problem(502, 'upstream_failed'), 'world answered 502 upstream_failed', 'sync-worker running?'],
    [{ status: 200, body: '<html>hello</html>' }, "something else than the operators' API", 'Is http'],
    [{ status: 200, body: {} }, "something else than the operators' API", 'Is http'],
  ])('with an answer such as %j', async (given, message, advice) => {
    answer = () => given;
    const { code, stderr, stdout } = await sync('status', ...there());
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(advice);
    expect(stdout.trim()).toBe('');
    expect(stderr).not.toContain('a.b.c');
  });

  test.each<[string[], string]>([
    [['status', '--region', 'moon'], "argument 'moon' is invalid"],
    [['trace'], "missing required argument 'key'"],
    [['statsu'], 'Did you mean status?'],
    [
      [
        'redrive',
        '7',
        '--url',
        'world=http://127.0.0.1:9',
        '--token-file',
        'world=none',
        '--url',
        'china=http://127.0.0.1:9',
        '--token-file',
        'china=x',
      ],
      'whose dead letter',
    ],
    [['redrive', '--region', 'world', '--url', 'http://127.0.0.1:9', '--token-file', 'none'], 'say --all'],
    [['release', 'catalog.product', '--region', 'world', '--url', 'http://127.0.0.1:9', '--token-file', 'none'], 'the entity and the key'],
    [['discard', 'catalog.product', '--region', 'world', '--url', 'http://127.0.0.1:9', '--token-file', 'none'], 'no id of a dead letter'],
    [['status', '--url', 'http://127.0.0.1:9'], 'say whose it is'],
    [['status', '--url', 'moon=http://127.0.0.1:9'], 'there is no region moon'],
    [['status', '--url', 'world=nonsense', '--token-file', 'world=x'], 'is no address'],
    [['status', '--url', 'world=http://127.0.0.1:9'], 'there is no token for world'],
    [['conflicts', '--limit', '0'], 'a whole number from 1'],
    [['conflicts', 'abc'], 'an id is a number'],
    [
      ['reconcile', '--fill', '--entity', 'catalog.product', '--url', 'world=http://127.0.0.1:9', '--token-file', 'world=x'],
      'filled as a whole',
    ],
    [['redrive', '1', 'x', '--region', 'world'], 'an id is a number'],
    [['reconcile', '--cancel', 'abc'], 'an id is a number'],
    [['reconcile', '--region', 'both'], 'Allowed choices are world, china'],
  ])('for the mistake of usage %j', async (args, message) => {
    const { code, stderr } = await sync(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain('    at ');
  });
});

test('a change is sent once, with the token and the reason', async () => {
  answer = () => ({ status: 200, body: { entity: 'catalog.product', key: 'k', version: '7', released: null } });
  const { code, stdout } = await sync('redrive', '12', '-m', 'mended', ...there());
  expect([code, stdout]).toEqual([0, '  catalog.product k goes out as it is now, version 7\n']);
  expect(asked).toEqual([
    { method: 'POST', url: '/v1/sync/dead-letters/12/redrive', authorization: 'Bearer a.b.c', body: '{"reason":"mended"}' },
  ]);
});

test('a release that frees nothing is no success', async () => {
  answer = () => ({ status: 200, body: { outcome: 'parked', reason: 'missing_parent' } });
  const { code, stdout, stderr } = await sync('release', 'catalog.product', 'k', ...there());
  expect([code, stdout]).toEqual([1, '  catalog.product k parked (missing_parent)\n']);
  expect(stderr).toContain('it is still parked');
});

test('a list that ends before its end says so', async () => {
  const items = [
    {
      id: '1',
      entity: 'e.e',
      key: 'k',
      version: '7',
      reason: 'constraint',
      detail: 'box_check',
      side: 'sent',
      createdAt: '2026-01-01T00:00:00.000000Z',
    },
  ];
  answer = () => ({ status: 200, body: { items, pageInfo: { hasNextPage: true, nextCursor: 'next' } } });
  const { code, stdout, stderr } = await sync('dead-letters', '--limit', '1', ...there());
  expect([code, stdout]).toEqual([0, expect.stringContaining('constraint')]);
  expect(stderr).toContain('world has more than these 1: --limit 10');
  expect(asked).toHaveLength(1);
});

test('of two regions, what one does not answer is told with what the other did', async () => {
  answer = () => ({
    status: 200,
    body: {
      region: 'world',
      direction: {
        name: 'world-china',
        state: 'stalled',
        reason: 'border_silent: the border: no answer',
        outbox: 0,
        outboxOldestMs: null,
        queued: null,
        unansweredOldestMs: null,
        lagMs: null,
        lagP50Ms: null,
        lagP99Ms: null,
        reportedAt: null,
        paused: null,
      },
      parked: 0,
      parkedOldestMs: null,
      deadLetters: 0,
      deadLettersOldestMs: null,
      conflicts: 0,
      needsOperator: 3,
      filling: true,
      reconciling: { id: '4', state: 'running', reason: null, dryRun: false, fill: true, pass: 2, atEntity: 'catalog.product' },
    },
  });
  const token = join(folder, 'token');
  const args = [
    '--url',
    `world=${url}`,
    '--token-file',
    `world=${token}`,
    '--url',
    'china=http://127.0.0.1:9',
    '--token-file',
    `china=${token}`,
  ];
  const { code, stdout, stderr } = await sync('status', ...args);
  expect(code).toBe(1);
  expect(stdout).toContain('world-china  border_silent: the border: no answer');
  expect(stdout).toContain('world  3 parked for an operator');
  expect(stdout).toContain('world  a fill, run 4, is at catalog.product, pass 2');
  expect(stderr).toContain('china does not answer');
});

test('what is not there is named', async () => {
  answer = () => problem(404, 'not_found');
  const said = async (...args: string[]): Promise<string> => (await sync(...args, ...there())).stderr;
  expect(await said('discard', '7')).toContain('world has no dead letter 7');
  expect(await said('discard', 'catalog.product', 'k')).toContain('world has nothing parked at catalog.product k');
  expect(await said('reconcile', '--findings', '7')).toContain('world has no run 7');
});

test('an unknown key is said to be one', async () => {
  answer = () => problem(404, 'not_found');
  const { code, stderr } = await sync('trace', 'k', ...there());
  expect([code, stderr]).toEqual([1, expect.stringContaining('nothing is known of k in world')]);
});

test('steps of both sides are merged by time, and where clocks agree in the order of the way', () => {
  const event = (at: string, region: 'world' | 'china', step: 'posted' | 'applied' | 'answered' | 'committed') => ({
    at,
    region,
    step,
    entity: 'e.e',
    version: '1',
    outcome: null,
    reason: null,
    message: null,
    nonce: null,
    bytes: null,
    ms: null,
  });
  const merged = merge([
    event('2', 'world', 'answered'),
    event('2', 'world', 'posted'),
    event('1', 'world', 'committed'),
    event('2', 'china', 'applied'),
  ]);
  expect(merged.map(({ step }) => step)).toEqual(['committed', 'posted', 'applied', 'answered']);
  const versions = merge(['10', '9'].map((version) => ({ ...event('1', 'world', 'committed'), version }))).map(({ version }) => version);
  expect(versions).toEqual(['9', '10']);
});
