import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { quantile } from '../quantile.ts';

export interface HammerOptions {
  /** Where requests go: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** The n-th request, whole, as it goes over the wire; undefined when there are no more. */
  readonly request: (n: number) => string | undefined;
  /** So many a second, and each timed from when it was due if it had to wait for a connection; without it each connection asks as soon as it has been answered. */
  readonly perSecond?: number;
}

export interface HammerResult {
  /** Answered with success, a second. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests by status, where that was no success. */
  readonly refused: Readonly<Record<string, number>>;
}

/** A connection on which one request at a time is asked; the status is all that is read of an answer. */
interface Asker {
  ask(request: string): Promise<number>;
  close(): void;
}

const HEAD_END = '\r\n\r\n';

async function openAsker(url: string): Promise<Asker> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  let waiting: { resolve(status: number): void; reject(error: Error): void } | undefined;
  let head = '';
  let left = -1;
  let status = 0;
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('the connection was closed')));
  socket.on('data', (chunk) => {
    let bytes = chunk.length;
    if (left < 0) {
      head += chunk.toString('latin1');
      const end = head.indexOf(HEAD_END);
      if (end < 0) return;
      status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      if (length === undefined) return void socket.destroy(new Error('an answer without its length'));
      bytes = head.length - end - HEAD_END.length;
      left = Number(length);
    }
    left -= bytes;
    if (left > 0) return;
    head = '';
    left = -1;
    waiting?.resolve(status);
  });
  return {
    async ask(request) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request, 'latin1');
      });
    },
    close: () => socket.destroy(),
  };
}

/**
 * Asks a server as fast as it answers, or at a rate, and tells how it did. Written to cost little beside what it measures: plain sockets, nothing parsed but the
 * status and the length. Throws where a connection breaks.
 */
export async function hammer(options: HammerOptions): Promise<HammerResult> {
  const { connections, seconds, request, perSecond, url } = options;
  const askers = await Promise.all(Array.from({ length: connections }, () => openAsker(url)));
  const tookMs: number[] = [];
  const refused: Record<string, number> = {};
  let sent = 0;
  const askNext = async (asker: Asker, sinceMs: number): Promise<boolean> => {
    const text = request(sent++);
    if (text === undefined) return false;
    const status = await asker.ask(text);
    if (status >= 200 && status < 300) tookMs.push(performance.now() - sinceMs);
    else refused[status] = (refused[status] ?? 0) + 1;
    return true;
  };
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1_000;
  const freely = async (asker: Asker): Promise<void> => {
    while (performance.now() < untilMs && (await askNext(asker, performance.now())));
  };
  try {
    if (perSecond === undefined) await Promise.all(askers.map(freely));
    else await paced(askers, { untilMs, perSecond, askNext });
    const ranMs = performance.now() - startedMs;
    tookMs.sort((a, b) => a - b);
    return { perSecond: tookMs.length / (ranMs / 1_000), p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99), refused };
  } finally {
    for (const asker of askers) asker.close();
  }
}

interface Pace {
  readonly untilMs: number;
  readonly perSecond: number;
  readonly askNext: (asker: Asker, sinceMs: number) => Promise<boolean>;
}

/** A request that finds no idle connection waits for one, and its wait counts: users do not slow down because a server does. */
async function paced(askers: readonly Asker[], { untilMs, perSecond, askNext }: Pace): Promise<void> {
  const startedMs = performance.now();
  let due = 0;
  const lane = async (asker: Asker): Promise<void> => {
    for (;;) {
      const dueMs = startedMs + (due++ * 1_000) / perSecond;
      if (dueMs >= untilMs) return;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      // By how much this process's own timer misses is nothing that the server does; what waited for an answer before has waited since it was due.
      if (!(await askNext(asker, waitMs > 0 ? performance.now() : dueMs))) return;
    }
  };
  await Promise.all(askers.map(lane));
}
