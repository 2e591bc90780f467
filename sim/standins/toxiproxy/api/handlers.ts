import { ApiError, errors } from '../api-error.ts';
import type { NewProxy, Populated, Proxies } from '../proxies.ts';
import type { Proxy } from '../proxy.ts';
import type { ToxicEntry } from '../toxic-entry.ts';
import { decodeObject, parseBody, ProxyBody, type Target } from './body.ts';
import type { Json } from './json-text.ts';
import type { Metrics } from './metrics.ts';
import { empty, json, type Reply } from './reply.ts';
import { decodeToxic, decodeToxicUpdate, toxicText } from './toxic-text.ts';

/** What a handler works with; `proxy` and `toxic` are names from the path. */
export interface Call {
  readonly proxies: Proxies;
  readonly metrics: Metrics;
  readonly proxy: string;
  readonly toxic: string;
  readonly body: Buffer;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** The release whose API this is. */
export const VERSION = '2.12.0';

const PROXY: Target = { goType: 'toxiproxy.Proxy', fieldPrefix: 'Proxy.' };
const POPULATE_TYPE = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';
const POPULATED: Target = { goType: POPULATE_TYPE, fieldPrefix: '.Proxy.', prefixOf: { enabled: '.' } };

/** `Logger` is there because the original forgets to leave it out. */
function proxyText(proxy: Proxy): object {
  const { name, listen, upstream } = proxy.settings;
  return { name, listen, upstream, enabled: proxy.enabled, Logger: {}, toxics: proxy.toxics.map(toxicText) };
}

function newProxy(body: ProxyBody, at: string): NewProxy {
  const { name = '', listen = '', upstream = '', enabled = true } = body;
  if (name === '') throw errors.missingField(`name${at}`);
  if (upstream === '') throw errors.missingField(`upstream${at}`);
  return { name, listen, upstream, enabled };
}

function populateList(list: Json): NewProxy[] {
  if (list.is === 'null') return [];
  if (list.is !== 'array') throw errors.badRequestBody(`json: cannot unmarshal ${list.is} into Go value of type []${POPULATE_TYPE}`);
  return list.items.map((item) => decodeObject(ProxyBody, item, POPULATED)).map((body, index) => newProxy(body, ` at proxy ${index + 1}`));
}

function toxicOf(proxy: Proxy, name: string): ToxicEntry {
  const toxic = proxy.toxics.find((candidate) => candidate.name === name);
  if (toxic === undefined) throw errors.toxicNotFound();
  return toxic;
}

async function updateProxy({ proxies, proxy: name, body }: Call): Promise<Reply> {
  const proxy = proxies.get(name);
  const wanted = decodeObject(ProxyBody, parseBody(body), PROXY);
  const { listen = proxy.settings.listen, upstream = proxy.settings.upstream, enabled = proxy.enabled } = wanted;
  if (proxy.differs(listen, upstream)) {
    await proxy.stop();
    proxy.move(listen, upstream);
  }
  if (enabled) await proxy.start();
  else await proxy.stop();
  return json(200, proxyText(proxy));
}

async function populateAll({ proxies, body }: Call): Promise<Populated> {
  try {
    return await proxies.populate(populateList(parseBody(body)));
  } catch (error) {
    if (error instanceof ApiError) return { proxies: [], failure: error };
    throw error;
  }
}

/** Unlike other failures, one of populate says what was done before it. */
async function populate(call: Call): Promise<Reply> {
  const { proxies: done, failure } = await populateAll(call);
  const shown = done.length === 0 ? null : done.map(proxyText);
  if (failure === undefined) return json(201, { proxies: shown });
  return json(failure.status, { error: failure.message, status: failure.status, proxies: shown });
}

export const handlers = {
  version: () => ({ status: 200, headers: { 'Content-Type': 'application/json;charset=utf-8' }, body: `{"version": "${VERSION}"}\n` }),
  metrics: ({ metrics }) => ({
    status: 200,
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores' },
    body: metrics.text(),
  }),
  reset: async ({ proxies }) => {
    await proxies.reset();
    return empty(204);
  },
  listProxies: ({ proxies }) => {
    const sorted = proxies.all().toSorted((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
    return json(200, Object.fromEntries(sorted.map((proxy) => [proxy.settings.name, proxyText(proxy)])));
  },
  createProxy: async ({ proxies, body }) => {
    const wanted = newProxy(decodeObject(ProxyBody, parseBody(body), PROXY), '');
    return json(201, proxyText(await proxies.add(wanted)));
  },
  populate,
  showProxy: ({ proxies, proxy }) => json(200, proxyText(proxies.get(proxy))),
  updateProxy,
  deleteProxy: async ({ proxies, proxy }) => {
    await proxies.remove(proxy);
    return empty(204);
  },
  listToxics: ({ proxies, proxy }) => json(200, proxies.get(proxy).toxics.map(toxicText)),
  createToxic: ({ proxies, proxy: name, body }) => {
    const proxy = proxies.get(name);
    const toxic = decodeToxic(parseBody(body), (taken) => proxy.toxics.some((other) => other.name === taken));
    proxy.addToxic(toxic);
    return json(200, toxicText(toxic));
  },
  showToxic: ({ proxies, proxy, toxic }) => json(200, toxicText(toxicOf(proxies.get(proxy), toxic))),
  updateToxic: ({ proxies, proxy: name, toxic: toxicName, body }) => {
    const proxy = proxies.get(name);
    const toxic = toxicOf(proxy, toxicName);
    Object.assign(toxic, decodeToxicUpdate(toxic, parseBody(body)));
    proxy.updateToxic(toxic);
    return json(200, toxicText(toxic));
  },
  deleteToxic: ({ proxies, proxy: name, toxic }) => {
    const proxy = proxies.get(name);
    proxy.removeToxic(toxicOf(proxy, toxic));
    return empty(204);
  },
} as const satisfies Record<string, Handler>;
