import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';

import { isLoopback, type Allowed } from './allowed.ts';
import { written } from './connections.ts';
import type { Denials } from './denial.ts';
import { addressesIn } from './lookups.ts';
import { callBack, replaceMethod, type Call } from './replace.ts';

const dnsPort = 53;

/**
 * A lookup is a packet that leaves the machine, and tells of what is being sought. Guards node:dns and dns.promises, their functions and the Resolver
 * classes of both.
 */
export function guardNames(allowed: Allowed, denials: Denials): void {
  const promises: readonly object[] = [dns.promises, dns.promises.Resolver.prototype];
  for (const owner of [dns, dns.Resolver.prototype, ...promises]) {
    const promised = promises.includes(owner);
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (/^(lookup|resolve)/.test(name) || name === 'reverse') {
        replaceMethod(owner, name, (original) => guarded(name, original, promised));
      }
    }
    // The questions themselves would go there, whatever they are.
    replaceMethod(owner, 'setServers', (set) => (self, args) => {
      const [servers] = args;
      const places = Array.isArray(servers) ? servers.flatMap(serverIn) : [];
      const outside = places.find(({ host, port }) => !allowed.reaches(host, port));
      if (outside === undefined) return set(self, args);
      const at = written(outside.host, outside.port);
      throw denials.deny('asking the name server', at, at);
    });
  }
  // `import { lookup } from 'node:dns'` sees it too.
  syncBuiltinESMExports();

  function guarded(method: string, original: Call, promised: boolean): Call {
    const backwards = method === 'reverse' || method === 'lookupService';
    return (self, args) => {
      const [host] = args;
      if (typeof host !== 'string' || host === '') return original(self, args);
      const fine = backwards ? isLoopback(host) : allowed.names(host) && (method === 'lookup' || isIP(host) === 0);
      if (fine) return learning(host, original, self, args, promised);
      const error = denials.deny(`dns.${method} of`, host);
      if (promised) return Promise.reject(error);
      if (callBack(args, error)) return {};
      throw error;
    };
  }

  /** Who looks a name on the list up by itself connects to what it was told. */
  function learning(host: string, original: Call, self: unknown, args: readonly unknown[], promised: boolean): unknown {
    if (isIP(host) !== 0) return original(self, args);
    const learn = (found: unknown): void => addressesIn(found).forEach((address) => isIP(address) !== 0 && allowed.learn(host, address));
    if (promised) {
      const found = original(self, args);
      if (found instanceof Promise) found.then(learn, () => undefined);
      return found;
    }
    const callback = args.at(-1);
    if (typeof callback !== 'function') return original(self, args);
    const told = (...results: unknown[]): unknown => {
      learn(results[1]);
      return Reflect.apply(callback, undefined, results);
    };
    return original(self, [...args.slice(0, -1), told]);
  }
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`; nothing for what Node will refuse itself. */
function serverIn(server: unknown): { readonly host: string; readonly port: number }[] {
  if (typeof server !== 'string') return [];
  if (isIP(server) !== 0) return [{ host: server, port: dnsPort }];
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(server) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? [] : [{ host, port: port === undefined ? dnsPort : Number(port) }];
}
