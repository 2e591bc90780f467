import { Toxiproxy } from 'toxiproxy-node-client';
import { beforeEach, expect } from 'vitest';

import { exchanges } from '#standins/toxiproxy/api/exchanges.ts';
import { toxiproxy } from '../../behaviours/toxiproxy.ts';
import { startToxiproxy } from '../../components/toxiproxy.ts';
import { conformance } from '../../frame/conformance.ts';

const { target, shows, refuses, driver } = conformance(toxiproxy, startToxiproxy);

let client: Toxiproxy;
beforeEach(async () => {
  client = new Toxiproxy(target().url);
  for (const proxy of Object.values(await client.getAll())) await proxy.remove();
});

const body = (name: string) => ({ name, listen: '127.0.0.1:0', upstream: '127.0.0.1:1' });
const show = async (name: string): Promise<unknown> => await (await fetch(`${target().url}/proxies/${name}`)).json();
const latency = { type: 'latency', stream: 'upstream', toxicity: 0.25, attributes: { latency: 5, jitter: 1 } } as const;

shows('version', async () => {
  // A server that was built without its release's flags calls itself "git".
  expect(JSON.parse(await client.getVersion())).toEqual({
    version: expect.stringMatching(driver === 'embedded' ? /^2\.12\.0$/ : /^(2\.12\.0|git)$/),
  });
});

shows('exchanges', async () => {
  const apiPort = new URL(target().url).port;
  expect(exchanges.length).toBeGreaterThan(100);
  for (const [index, { ask, body, status, answer }] of exchanges.entries()) {
    const [method = '', path = ''] = ask.split(' ');
    const sent = body === undefined ? {} : { body: body.replaceAll('API', apiPort) };
    const response = await fetch(`${target().url}${path}`, { method, ...sent, headers: { 'user-agent': 'curl/8' } });
    const text = (await response.text())
      .replaceAll(`127.0.0.1:${apiPort}`, '127.0.0.1:API')
      .replace(/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:PORT');
    expect({ status: response.status, answer: text }, `question ${index}: ${ask} ${body ?? ''}`).toEqual({ status, answer });
  }
});

shows('content-types', async () => {
  const typeOf = async (path: string, init: RequestInit = {}) => (await fetch(`${target().url}${path}`, init)).headers.get('content-type');
  expect(await typeOf('/version')).toBe('application/json;charset=utf-8');
  expect(await typeOf('/proxies')).toBe('application/json');
  expect(await typeOf('/proxies/a')).toBe('text/plain; charset=utf-8');
  expect(await typeOf('/populate', { method: 'POST', body: '[{}]' })).toBe('application/json');
  const ids = await Promise.all([1, 2].map(async () => (await fetch(`${target().url}/version`)).headers.get('x-toxiproxy-request-id')));
  for (const id of ids) expect(id).toMatch(/^[0-9a-v]{20}$/);
  expect(ids[0]).not.toBe(ids[1]);
});

shows('browsers', async () => {
  for (const path of ['/version', '/proxies', '/proxies/a/toxics']) {
    const response = await fetch(`${target().url}${path}`, { headers: { 'user-agent': 'Mozilla/5.0 (X11)' } });
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 403, text: 'User agent not allowed\n' });
  }
});

shows('crud', async () => {
  const proxy = await client.createProxy(body('border:world-china'));
  expect(proxy.listen).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  expect(await show('border:world-china')).toMatchObject({ enabled: true, toxics: [] });
  expect((await client.get('border:world-china')).listen).toBe(proxy.listen);
  await client.createProxy(body('world:mail'));
  await expect(client.createProxy(body('world:mail'))).rejects.toThrow();
  expect(Object.keys(await client.getAll()).sort()).toEqual(['border:world-china', 'world:mail']);
  const moved = await proxy.update({ enabled: true, listen: proxy.listen, upstream: '127.0.0.1:2' });
  expect(moved.toJson()).toMatchObject({ upstream: '127.0.0.1:2', listen: proxy.listen });
  await proxy.remove();
  await expect(client.get('border:world-china')).rejects.toThrow();
});

shows('toxic-crud', async () => {
  const proxy = await client.createProxy(body('p'));
  const toxic = await proxy.addToxic<Record<string, number>>({ name: 'slow', ...latency });
  await expect(proxy.addToxic({ name: 'slow', ...latency, stream: 'downstream' })).rejects.toThrow();
  expect((await proxy.getToxic('slow')).toJson()).toEqual({ name: 'slow', ...latency });
  expect(await show('p')).toMatchObject({ toxics: [{ name: 'slow', ...latency }] });
  await toxic.update({ ...toxic.toJson(), attributes: { latency: 9, jitter: 1 } });
  expect((await proxy.getToxic('slow')).attributes).toEqual({ latency: 9, jitter: 1 });
  await toxic.remove();
  await expect(proxy.getToxic('slow')).rejects.toThrow();
});

shows('populate', async () => {
  const first = (await client.populate([body('a')]))['a']!;
  await first.addToxic({ name: 't', ...latency });
  const same = { name: 'a', listen: first.listen, upstream: '127.0.0.1:1' };
  expect(Object.keys(await client.populate([same, body('b')])).sort()).toEqual(['a', 'b']);
  expect(await show('a')).toMatchObject({ toxics: [{ name: 't' }] });
  await client.populate([{ ...same, upstream: '127.0.0.1:2' }]);
  expect(await show('a')).toMatchObject({ listen: first.listen, upstream: '127.0.0.1:2', toxics: [] });
});

shows('reset', async () => {
  const proxy = await client.createProxy(body('p'));
  await proxy.addToxic({ name: 't', ...latency });
  await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
  expect(await show('p')).toMatchObject({ enabled: false, toxics: [{ name: 't' }] });
  await client.reset();
  expect(await show('p')).toMatchObject({ enabled: true, listen: proxy.listen, toxics: [] });
});

const everywhere = { ...body('p'), listen: '0.0.0.0:0' };
const create = (content: object): Promise<Response> => fetch(`${target().url}/proxies`, { method: 'POST', body: JSON.stringify(content) });
shows('loopback-only', async () => {
  expect((await create({ ...everywhere, enabled: false })).status).toBe(201);
});
refuses('loopback-only', async () => {
  for (const enabled of [true, false]) {
    const refused = await create({ ...everywhere, enabled });
    expect({ status: refused.status, body: await refused.json() }).toEqual({
      status: 400,
      body: { error: 'listen address is not loopback: 0.0.0.0:0', status: 400 },
    });
  }
});
