import { Socket } from 'node:net';

import { targetOf, written } from './connections.ts';
import { replaceMethod } from './replace.ts';

interface Way {
  readonly host: string;
  readonly port: number;
}

/** Where connections to a place go instead. */
export interface Routes {
  readonly isEmpty: boolean;
  /** The way to a place; undefined where connections to it go there. */
  wayTo(host: string, port: number): Way | undefined;
  /** Takes down that a name has this address: whoever looks it up by itself (nodemailer) connects to the address. */
  learn(host: string, address: string): void;
}

/** Reads `host:port=127.0.0.1:port`, several joined by commas. Throws RangeError naming the entry that is no route. */
export function parseRoutes(text: string): Routes {
  const entries = text.split(',').filter((entry) => entry.trim() !== '');
  const named = new Map(
    entries.map((entry): [string, Way] => {
      const [, from, host, port] = /^\s*(\S+:\d+)=(127\.[\d.]+):(\d{1,5})\s*$/.exec(entry) ?? [];
      if (from === undefined || host === undefined)
        throw new RangeError(`SIM_EGRESS_ROUTES holds "${entry.trim()}"; it must be host:port=127.0.0.1:port`);
      return [from.toLowerCase(), { host, port: Number(port) }];
    }),
  );
  const names = new Map<string, string>();
  const key = (host: string, port: number): string => written(host, port).toLowerCase();
  return {
    isEmpty: named.size === 0,
    // What is named by its address itself is meant so, whatever else is found there.
    wayTo: (host, port) => named.get(key(host, port)) ?? named.get(key(names.get(host.toLowerCase()) ?? host, port)),
    learn: (host, address) => void names.set(address.toLowerCase(), host),
  };
}

/**
 * Leads connections to what is attached to the twin over its link: the name in the certificate, in TLS's server name and in what is signed stays the one that
 * was asked for, and only the bytes take another way.
 */
export function routeConnections(routes: Routes): void {
  if (routes.isEmpty) return;
  replaceMethod(Socket.prototype, 'connect', (connect) => (socket, args) => {
    const target = targetOf(args);
    const way = target === undefined ? undefined : routes.wayTo(target.host, target.port);
    if (target === undefined || way === undefined) return connect(socket, args);
    return connect(socket, [{ ...target.options, ...way }, target.callback]);
  });
}
