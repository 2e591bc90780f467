import { randomUUID } from 'node:crypto';

import { Toxiproxy, type Proxy, type Toxic, type ToxicType } from 'toxiproxy-node-client';
import { afterEach, beforeEach, expect } from 'vitest';

import { dial, echo, startFarSide, type FarSide, type Peer } from '#standins/toxiproxy/far-side.ts';

export const streams = ['upstream', 'downstream'] as const;
export type Stream = (typeof streams)[number];

/**
 * The tolerance of every measured time, the same on both drivers. Clocks may tick a little early; how late a busy machine is says nothing about
 * the toxic, so the best of a few tries counts.
 */
const EARLY_MS = 3;
const LATE_MS = 200;
const TRIES = 4;

/** Measures until one try lies within `ms` and its tolerance; none may be early. */
export async function expectAbout(ms: number, measureMs: () => Promise<number>, lateMs = LATE_MS): Promise<void> {
  const seen: number[] = [];
  for (let round = 0; round < TRIES; round += 1) {
    const tookMs = await measureMs();
    expect(tookMs).toBeGreaterThanOrEqual(ms - EARLY_MS);
    seen.push(tookMs);
    if (tookMs <= ms + lateMs) return;
  }
  expect(Math.min(...seen), `took ${seen.join(', ')} ms`).toBeLessThanOrEqual(ms + lateMs);
}

export const textOf = (peer: Peer): string => peer.received().toString();
export const hasEnded = ({ events }: Peer): boolean => events.length > 0;

export interface TestLink {
  readonly proxy: Proxy;
  readonly farSide: FarSide;
  /** A new connection through the proxy. */
  open(): Promise<Peer>;
  /** A connection that is known to work - `!` has come back - and the far end of it. */
  openWarm(): Promise<{ readonly near: Peer; readonly far: Peer }>;
  add(type: ToxicType, attributes: Record<string, number>, stream?: Stream, toxicity?: number): Promise<Toxic<Record<string, number>>>;
}

export interface Links {
  readonly client: Toxiproxy;
  /** A proxy to a server of its own; both live as long as the test. */
  make(serve?: (peer: Peer) => void): Promise<TestLink>;
  listen(serve?: (peer: Peer) => void): Promise<FarSide>;
  dial(address: string): Promise<Peer>;
}

/** Registers hooks that clean up after each test; to be called in a test file, read only inside its tests. */
export function useLinks(url: () => string): Links {
  let client: Toxiproxy;
  const closers: (() => Promise<void>)[] = [];
  beforeEach(() => {
    client = new Toxiproxy(url());
  });
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  const listen = async (serve: (peer: Peer) => void = echo): Promise<FarSide> => {
    const farSide = await startFarSide(serve);
    closers.push(farSide.close);
    return farSide;
  };
  const connect = async (address: string): Promise<Peer> => {
    const peer = await dial(address);
    closers.push(async () => void peer.socket.destroy());
    return peer;
  };
  return {
    get client() {
      return client;
    },
    listen,
    dial: connect,
    async make(serve) {
      const farSide = await listen(serve);
      const proxy = await client.createProxy({ name: `link:${randomUUID()}`, listen: '127.0.0.1:0', upstream: farSide.address });
      closers.push(() => proxy.remove().catch(() => undefined));
      const open = (): Promise<Peer> => connect(proxy.listen);
      return {
        proxy,
        farSide,
        open,
        async openWarm() {
          const before = farSide.accepted.length;
          const near = await open();
          near.socket.write('!');
          await near.until((peer) => peer.bytes > 0);
          const far = farSide.accepted[before];
          if (far === undefined) throw new Error('bytes came back from a connection that the far side has not seen');
          return { near, far };
        },
        add: (type, attributes, stream = 'downstream', toxicity = 1) =>
          proxy.addToxic({ type, name: `${type}-${randomUUID()}`, stream, toxicity, attributes }),
      };
    },
  };
}
