import { Toxiproxy as Client } from 'toxiproxy-node-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startToxiproxy, type Toxiproxy } from './server.ts';

let toxiproxy: Toxiproxy;
let client: Client;

beforeEach(async () => {
  toxiproxy = await startToxiproxy();
  client = new Client(toxiproxy.url);
});
afterEach(async () => await toxiproxy.close());

const body = (name: string) => ({ name, listen: '127.0.0.1:0', upstream: '127.0.0.1:1' });
const sender =
  (method: 'POST' | 'PATCH') =>
  async (path: string, content: object): Promise<Response> =>
    await fetch(`${toxiproxy.url}${path}`, { method, body: JSON.stringify(content) });
const post = sender('POST');
const patch = sender('PATCH');
const show = async (name: string): Promise<unknown> => await (await fetch(`${toxiproxy.url}/proxies/${name}`)).json();

describe('toxiproxy-node-client', () => {
  it('creates, finds, lists, updates and removes proxies', async () => {
    const proxy = await client.createProxy(body('border:world-china'));
    expect(proxy.listen).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
    expect((await client.get('border:world-china')).listen).toBe(proxy.listen);
    await client.createProxy(body('world:mail'));
    expect(Object.keys(await client.getAll())).toEqual(['border:world-china', 'world:mail']);
    const moved = await proxy.update({ enabled: true, listen: proxy.listen, upstream: '127.0.0.1:2' });
    expect(moved.upstream).toBe('127.0.0.1:2');
    expect(moved.listen).toBe(proxy.listen);
    await proxy.remove();
    await expect(client.get('border:world-china')).rejects.toThrow();
  });

  it('populates, leaving what is the same alone and replacing what is not', async () => {
    const first = (await client.populate([body('a')]))['a'];
    if (first === undefined) throw new Error('nothing was populated');
    await first.addToxic({ name: 't', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 1, jitter: 0 } });
    const same = { name: 'a', listen: first.listen, upstream: '127.0.0.1:1' };
    const kept = await client.populate([same, body('b')]);
    expect(Object.keys(kept)).toEqual(['a', 'b']);
    expect(await show('a')).toMatchObject({ toxics: [{ name: 't' }] });
    await client.populate([{ ...same, upstream: '127.0.0.1:2' }]);
    expect(await show('a')).toMatchObject({ listen: first.listen, upstream: '127.0.0.1:2', toxics: [] });
  });

  it('adds, finds, updates and removes toxics', async () => {
    const proxy = await client.createProxy(body('p'));
    const attributes = { latency: 5, jitter: 1 };
    const toxic = await proxy.addToxic({ name: 'slow', type: 'latency', stream: 'upstream', toxicity: 0.25, attributes });
    expect((await proxy.getToxic('slow')).toJson()).toEqual({
      name: 'slow',
      type: 'latency',
      stream: 'upstream',
      toxicity: 0.25,
      attributes,
    });
    await toxic.update({ ...toxic.toJson(), attributes: { latency: 9, jitter: 1 } });
    expect((await proxy.getToxic('slow')).attributes).toEqual({ latency: 9, jitter: 1 });
    await toxic.remove();
    await expect(proxy.getToxic('slow')).rejects.toThrow();
  });

  it('resets: everything enabled and no toxic left', async () => {
    const proxy = await client.createProxy(body('p'));
    await proxy.addToxic({ name: 't', type: 'timeout', stream: 'upstream', toxicity: 1, attributes: { timeout: 0 } });
    await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    await client.reset();
    expect(await show('p')).toMatchObject({ enabled: true, listen: proxy.listen, toxics: [] });
  });

  it('reads the version', async () => {
    expect(await client.getVersion()).toContain('2.12.0');
  });
});

describe('what the stand-in has of its own', () => {
  it.each(['0.0.0.0:0', ':0', '[::]:0', '192.0.2.1:0', 'example.com:0'])('refuses to listen at %s', async (listen) => {
    const refusal = { error: `listen address is not loopback: ${listen}`, status: 400 };
    const wanted = { ...body('p'), listen };
    const created = await post('/proxies', wanted);
    expect({ status: created.status, body: await created.json() }).toEqual({ status: 400, body: refusal });
    expect((await post('/proxies', { ...wanted, enabled: false })).status).toBe(400);
    const populated = await post('/populate', [wanted]);
    expect({ status: populated.status, body: await populated.json() }).toEqual({ status: 400, body: { ...refusal, proxies: null } });
    const proxy = await client.createProxy(body('p'));
    expect((await patch('/proxies/p', { listen })).status).toBe(400);
    expect((await client.get('p')).toJson()).toMatchObject({ listen: proxy.listen, enabled: true });
  });

  it.each(['localhost:0', '127.0.0.2:0'])('listens at %s', async (listen) => {
    expect((await post('/proxies', { ...body('p'), listen })).status).toBe(201);
  });

  it('makes one change after the other, however they come in', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/proxies', body('same'))));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    const toggles = Array.from({ length: 20 }, (_, index) => patch('/proxies/same', { enabled: index % 2 === 0 }));
    expect((await Promise.all(toggles)).every(({ ok }) => ok)).toBe(true);
    expect((await client.get('same')).enabled).toBe(false);
  });
});
