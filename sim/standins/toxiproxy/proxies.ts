import { ApiError, errors } from './api-error.ts';
import { createProxy, refuseForeign, type Proxy, type ProxyDeps, type ProxySettings } from './proxy.ts';

export interface NewProxy extends ProxySettings {
  readonly enabled: boolean;
}

/** What a populate did until it was through, or failed. */
export interface Populated {
  readonly proxies: readonly Proxy[];
  readonly failure: ApiError | undefined;
}

/** All proxies by name. Calls that change something are not to overlap. Errors are ApiErrors. */
export interface Proxies {
  all(): readonly Proxy[];
  get(name: string): Proxy;
  add(wanted: NewProxy): Promise<Proxy>;
  /** Adds each; one of the same name and addresses stays as it is, one with other addresses is replaced. */
  populate(wanted: readonly NewProxy[]): Promise<Populated>;
  remove(name: string): Promise<void>;
  /** Starts what is stopped and takes all toxics away. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export function createProxies(deps: ProxyDeps): Proxies {
  const proxies = new Map<string, Proxy>();

  const start = async (wanted: NewProxy): Promise<Proxy> => {
    const { name, listen, upstream, enabled } = wanted;
    refuseForeign(listen);
    const proxy = createProxy({ name, listen, upstream }, deps);
    if (enabled) await proxy.start();
    proxies.set(name, proxy);
    return proxy;
  };
  const addOrReplace = async (wanted: NewProxy): Promise<Proxy> => {
    const existing = proxies.get(wanted.name);
    if (existing !== undefined) {
      if (!existing.differs(wanted.listen, wanted.upstream)) return existing;
      await existing.stop();
    }
    return await start(wanted);
  };
  const get = (name: string): Proxy => {
    const proxy = proxies.get(name);
    if (proxy === undefined) throw errors.proxyNotFound();
    return proxy;
  };

  return {
    all: () => [...proxies.values()],
    get,
    async add(wanted) {
      if (proxies.has(wanted.name)) throw errors.proxyAlreadyExists();
      return await start(wanted);
    },
    async populate(wanted) {
      const done: Proxy[] = [];
      for (const one of wanted) {
        try {
          done.push(await addOrReplace(one));
        } catch (error) {
          if (error instanceof ApiError) return { proxies: done, failure: error };
          throw error;
        }
      }
      return { proxies: done, failure: undefined };
    },
    async remove(name) {
      await get(name).stop();
      proxies.delete(name);
    },
    async reset() {
      for (const proxy of proxies.values()) {
        await proxy.start();
        for (const toxic of proxy.toxics) proxy.removeToxic(toxic);
      }
    },
    async close() {
      for (const proxy of proxies.values()) await proxy.stop();
    },
  };
}
