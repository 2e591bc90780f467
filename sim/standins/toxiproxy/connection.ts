import { connect, type Socket } from 'node:net';
import type { UpstreamAddress } from './listen-address.ts';
import { startLink, type Link } from './link.ts';
import type { Direction, ToxicEntry } from './toxic-entry.ts';

/** A client's connection with the one dialled for it. */
export interface Connection {
  /** Its two directions; none before the upstream answered. */
  link(direction: Direction): Link | undefined;
  /** Closes both sides now. */
  destroy(): void;
}

export interface Traffic {
  readonly direction: Direction;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export interface ConnectionOptions {
  readonly client: Socket;
  readonly upstream: UpstreamAddress;
  /** The toxics at the time the upstream answers. */
  readonly toxics: (direction: Direction) => readonly ToxicEntry[];
  readonly random: () => number;
  readonly now: () => number;
  readonly onClosed: (traffic: readonly Traffic[]) => void;
}

/**
 * Dials the upstream for an accepted (and paused) client and joins the two. The client was accepted before anything was dialled, so a dead
 * upstream shows as a connection that closes without a byte. A half-close is passed on; an error on one side closes the other.
 */
export function openConnection({ client, upstream, toxics, random, now, onClosed }: ConnectionOptions): Connection {
  const server = connect({ ...upstream, noDelay: true, allowHalfOpen: true });
  let links: Record<Direction, Link> | undefined;
  let open = 2;

  const startBoth = () => {
    const start = (direction: Direction, source: Socket, destination: Socket) =>
      startLink({ source, destination, toxics: toxics(direction), random, now });
    links = { upstream: start('upstream', client, server), downstream: start('downstream', server, client) };
    client.resume();
  };
  const traffic = (): Traffic[] => [
    { direction: 'upstream', receivedBytes: client.bytesRead, sentBytes: server.bytesWritten },
    { direction: 'downstream', receivedBytes: server.bytesRead, sentBytes: client.bytesWritten },
  ];
  const watch = (socket: Socket, from: Direction, to: Direction, other: Socket) => {
    // The error itself is the business of the other side: 'close' follows it.
    socket.on('error', () => {});
    socket.on('end', () => links?.[from].end('eof'));
    socket.on('close', () => {
      links?.[to].abort();
      if (links === undefined) other.destroy();
      else links[from].end('close');
      open -= 1;
      if (open === 0) onClosed(links === undefined ? [] : traffic());
    });
  };
  watch(client, 'upstream', 'downstream', server);
  watch(server, 'downstream', 'upstream', client);
  server.on('connect', startBoth);

  return {
    link: (direction) => links?.[direction],
    destroy() {
      links?.upstream.abort();
      links?.downstream.abort();
      client.destroy();
      server.destroy();
    },
  };
}
