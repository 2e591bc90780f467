import { Toxiproxy as Client, type Proxy, type Toxic, type ToxicType } from 'toxiproxy-node-client';
import { afterEach, beforeEach } from 'vitest';
import { dial, echo, startFarSide, turns, type FarSide, type Peer } from './far-side.ts';
import { startToxiproxy, type Toxiproxy } from './server.ts';
import type { Direction } from './toxic-entry.ts';

export type AnyToxic = Toxic<Record<string, number>>;

/** What a test of one toxic needs: a proxy to a server that echoes, anew for each test. */
export interface OneLink {
  readonly client: Client;
  readonly proxy: Proxy;
  readonly farSide: FarSide;
  /** A new connection through the proxy, or to another address. */
  open(address?: string): Promise<Peer>;
  /** A connection that is known to work; its first byte, `!`, has come back. */
  openWarm(): Promise<Peer>;
  add(type: ToxicType, attributes: Record<string, number>, stream?: Direction, toxicity?: number): Promise<AnyToxic>;
  /** The server's end of the first connection. */
  far(): Promise<Peer>;
}

/** Timers may fire a fraction early on the clock that tests judge them by. */
export const EARLY_MS = 1;

export const textOf = (peer: Peer): string => peer.received().toString();

/** Registers the hooks that make and close the link; to be called in a test file, which reads it inside its tests only. */
export function useOneLink(): OneLink {
  const peers: Peer[] = [];
  let toxiproxy: Toxiproxy;
  let client: Client;
  let farSide: FarSide;
  let proxy: Proxy;

  beforeEach(async () => {
    toxiproxy = await startToxiproxy({ seed: 7 });
    farSide = await startFarSide(echo);
    client = new Client(toxiproxy.url);
    proxy = await client.createProxy({ name: 'world:queue', listen: '127.0.0.1:0', upstream: farSide.address });
  });
  afterEach(async () => {
    for (const { socket } of peers.splice(0)) socket.destroy();
    await toxiproxy.close();
    await farSide.close();
  });

  const open = async (address = proxy.listen): Promise<Peer> => {
    const peer = await dial(address);
    peers.push(peer);
    return peer;
  };
  return {
    get client() {
      return client;
    },
    get proxy() {
      return proxy;
    },
    get farSide() {
      return farSide;
    },
    open,
    async openWarm() {
      const peer = await open();
      peer.socket.write('!');
      await peer.until(() => textOf(peer) === '!');
      return peer;
    },
    add: async (type, attributes, stream = 'downstream', toxicity = 1) =>
      await proxy.addToxic({ type, name: `${type}-${stream}`, stream, toxicity, attributes }),
    async far() {
      for (;;) {
        const peer = farSide.accepted[0];
        if (peer !== undefined) return peer;
        await turns(1);
      }
    },
  };
}
