import { Socket } from 'node:net';

import { written } from './connections.ts';
import { property, replaceMethod } from './replace.ts';

/** Where connections to a place go instead: `host:port` to `host:port`. */
export type Routes = ReadonlyMap<string, { readonly host: string; readonly port: number }>;

/** Reads `host:port=127.0.0.1:port`, several joined by commas. Throws RangeError naming the entry that is no route. */
export function parseRoutes(text: string): Routes {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  return new Map(
    entries.map((entry) => {
      const [, from, host, port] = /^\s*(\S+:\d+)=(127\.[\d.]+):(\d{1,5})\s*$/.exec(entry) ?? [];
      if (from === undefined || host === undefined)
        throw new RangeError(`SIM_EGRESS_ROUTES holds "${entry.trim()}"; it must be host:port=127.0.0.1:port`);
      return [from.toLowerCase(), { host, port: Number(port) }];
    }),
  );
}

/**
 * Leads connections to what is attached to the twin over its link: the name in the certificate, in TLS's server name and in what is signed stays the one that
 * was asked for, and only the bytes take another way.
 */
export function routeConnections(routes: Routes): void {
  if (routes.size === 0) return;
  replaceMethod(Socket.prototype, 'connect', (connect) => (socket, args) => {
    const [options, callback] = Array.isArray(args[0]) ? args[0] : args;
    if (typeof options !== 'object' || options === null) return connect(socket, args);
    const host = property(options, 'host');
    const port = Number(property(options, 'port'));
    const route = typeof host === 'string' ? routes.get(written(host, port).toLowerCase()) : undefined;
    return route === undefined ? connect(socket, args) : connect(socket, [{ ...options, ...route }, callback]);
  });
}
