import { subscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

import { isLoopback, type Allowed } from './allowed.ts';
import type { Denials } from './denial.ts';
import { truthful } from './lookups.ts';
import { property, replaceMethod } from './replace.ts';

interface Target {
  readonly options: object;
  readonly callback: unknown;
  readonly host: string;
  readonly port: number;
}

/**
 * Every connection over TCP - http, tls, undici, pg and all that build on them - begins with net.Socket's `connect`. One that may not be fails there as a name
 * that is not found does: the socket emits the error and closes.
 */
export function guardConnections(allowed: Allowed, denials: Denials): void {
  replaceMethod(Socket.prototype, 'connect', (connect) => (socket, args) => {
    const target = targetOf(args);
    if (target === undefined) return connect(socket, args);
    const { options, callback, host, port } = target;
    if (allowed.reaches(host, port)) {
      const lookup = property(options, 'lookup');
      if (typeof lookup !== 'function' || !isLoopback(host)) return connect(socket, args);
      return connect(socket, [{ ...options, lookup: truthful(lookup, (name) => `a connection to ${name} at`, denials) }, callback]);
    }
    const error = denials.deny('a connection to', written(host, port), written(host, port));
    const refuse = (_host: unknown, _options: unknown, done: (error: Error) => void): void => done(error);
    return connect(socket, [{ ...options, host: 'egress-denied.invalid', lookup: refuse }, callback]);
  });
  rememberRequests(allowed, denials);
}

/** Reads the arguments of `connect` in all their forms; undefined for a socket or pipe of this machine, and for what Node will refuse itself. */
export function targetOf(args: readonly unknown[]): Target | undefined {
  const [first, second] = args;
  // Node's own callers hand over one array that holds options and callback.
  if (Array.isArray(first)) return targetOf([...first]);
  if (typeof first === 'object' && first !== null) {
    // As Node has it: an empty path is none.
    if (property(first, 'path')) return undefined;
    return target({ ...first }, second);
  }
  // A text that is no number is a pipe's name, and Node reads numbers as `Number` does.
  if (typeof first === 'string' && !(Number(first) >= 0)) return undefined;
  return target({ port: first, ...(typeof second === 'string' && { host: second }) }, args.at(-1));
}

function target(options: object, last: unknown): Target | undefined {
  const port = Number(property(options, 'port'));
  if (!Number.isInteger(port)) return undefined;
  const host = property(options, 'host');
  return {
    options,
    callback: typeof last === 'function' ? last : undefined,
    host: typeof host === 'string' && host !== '' ? host : 'localhost',
    port,
  };
}

/** `fetch` and undici connect when the caller's stack is gone: who asked is taken down when they are called, and only for what will be refused. */
function rememberRequests(allowed: Allowed, denials: Denials): void {
  const refused = new Map<string, string | undefined>();
  const targetOfOrigin = (origin: string): string | undefined => {
    if (refused.has(origin)) return refused.get(origin);
    const place = placeOf(origin);
    const outside = place === undefined || allowed.reaches(place.host, place.port) ? undefined : written(place.host, place.port);
    if (refused.size < 1000) refused.set(origin, outside);
    return outside;
  };
  const begins = (origin: string): void => {
    const outside = targetOfOrigin(origin);
    if (outside !== undefined) denials.begins(outside);
  };
  replaceMethod(globalThis, 'fetch', (fetch) => (self, args) => {
    const [input] = args;
    const url = input instanceof URL ? input.href : typeof input === 'string' ? input : property(input, 'url');
    if (typeof url === 'string' && URL.canParse(url)) begins(new URL(url).origin);
    return fetch(self, args);
  });
  subscribe('undici:request:create', (message) => {
    const origin = property(property(message, 'request'), 'origin');
    if (origin instanceof URL) begins(origin.origin);
    else if (typeof origin === 'string') begins(origin);
  });
}

function placeOf(origin: string): { readonly host: string; readonly port: number } | undefined {
  if (!URL.canParse(origin)) return undefined;
  const { hostname, port, protocol } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

export function written(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
