import { createServer, type Server } from 'node:net';
import { errors } from './api-error.ts';
import { openConnection, type Connection, type Traffic } from './connection.ts';
import { formatAddress, isLoopback, parseAddress, type ListenAddress } from './listen-address.ts';
import type { Link } from './link.ts';
import type { Direction, ToxicEntry } from './toxic-entry.ts';

export interface ProxySettings {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
}

export interface ProxyDeps {
  readonly random: () => number;
  readonly now: () => number;
  readonly onTraffic: (proxy: ProxySettings, traffic: readonly Traffic[]) => void;
}

/** A listener, the connections through it and the toxics on them. Calls that start or stop it are not to overlap. */
export interface Proxy {
  readonly settings: ProxySettings;
  readonly enabled: boolean;
  /** Upstream ones first, then downstream ones, each in the order they act. */
  readonly toxics: readonly ToxicEntry[];
  /** Throws an ApiError when the address cannot be listened at. */
  start(): Promise<void>;
  /** Closes the listener and every connection; the toxics stay. */
  stop(): Promise<void>;
  /** Whether other addresses than its own are asked for; throws for one that cannot be parsed. */
  differs(listen: string, upstream: string): boolean;
  move(listen: string, upstream: string): void;
  addToxic(toxic: ToxicEntry): void;
  updateToxic(toxic: ToxicEntry): void;
  removeToxic(toxic: ToxicEntry): void;
}

/** Throws when the address is one that other machines could reach; one that means nothing is left to whoever listens. */
export function refuseForeign(listen: string): void {
  const parsed = parseAddress(listen);
  if ('address' in parsed && !isLoopback(parsed.address.host)) throw errors.notLoopback(listen);
}

function addressOf(listen: string, prefix: string): ListenAddress {
  const parsed = parseAddress(listen);
  if ('problem' in parsed) throw errors.listenFailed(`${prefix}${parsed.problem}`);
  if (!isLoopback(parsed.address.host)) throw errors.notLoopback(listen);
  return parsed.address;
}

const bindProblems: Record<string, string> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

async function listenAt(server: Server, address: ListenAddress): Promise<string> {
  const host = address.host === 'localhost' ? '127.0.0.1' : address.host;
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const problem = bindProblems[error.code ?? ''] ?? error.message;
      reject(errors.listenFailed(`listen tcp ${formatAddress(address)}: bind: ${problem}`));
    });
    server.listen({ host, port: address.port, backlog: 4096 }, () => {
      const bound = server.address();
      const port = bound !== null && typeof bound === 'object' ? bound.port : address.port;
      resolve(formatAddress({ host, port }));
    });
  });
}

/** Makes a stopped proxy. */
export function createProxy(initial: ProxySettings, { random, now, onTraffic }: ProxyDeps): Proxy {
  let settings = initial;
  let server: Server | undefined;
  const toxics: Record<Direction, ToxicEntry[]> = { upstream: [], downstream: [] };
  const connections = new Set<Connection>();

  const accept = (listening: Server) => {
    const parsed = parseAddress(settings.upstream);
    const { name, listen, upstream } = settings;
    listening.on('connection', (client) => {
      if ('problem' in parsed) {
        client.destroy();
        return;
      }
      const connection = openConnection({
        client,
        upstream: { ...parsed.address, host: parsed.address.host || 'localhost' },
        toxics: (direction) => toxics[direction],
        random,
        now,
        onClosed: (traffic) => {
          connections.delete(connection);
          onTraffic({ name, listen, upstream }, traffic);
        },
      });
      connections.add(connection);
    });
  };
  const eachLink = (direction: Direction, act: (link: Link) => void) => {
    for (const connection of connections) {
      const link = connection.link(direction);
      if (link !== undefined) act(link);
    }
  };

  return {
    get settings() {
      return settings;
    },
    get enabled() {
      return server !== undefined;
    },
    get toxics() {
      return [...toxics.upstream, ...toxics.downstream];
    },
    async start() {
      if (server !== undefined) return;
      const starting = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
      settings = { ...settings, listen: await listenAt(starting, addressOf(settings.listen, 'listen tcp: ')) };
      accept(starting);
      server = starting;
    },
    async stop() {
      if (server === undefined) return;
      const stopping = server;
      server = undefined;
      const closed = new Promise((resolve) => stopping.close(resolve));
      for (const connection of connections) connection.destroy();
      await closed;
    },
    differs(listen, upstream) {
      const resolved = formatAddress(addressOf(listen, ''));
      return settings.listen !== resolved || settings.upstream !== upstream;
    },
    move(listen, upstream) {
      settings = { ...settings, listen, upstream };
    },
    addToxic(toxic) {
      toxics[toxic.direction].push(toxic);
      eachLink(toxic.direction, (link) => link.addToxic(toxic));
    },
    updateToxic(toxic) {
      eachLink(toxic.direction, (link) => link.updateToxic(toxic));
    },
    removeToxic(toxic) {
      toxics[toxic.direction] = toxics[toxic.direction].filter((other) => other !== toxic);
      eachLink(toxic.direction, (link) => link.removeToxic(toxic));
    },
  };
}
