import { Toxiproxy as Client } from 'toxiproxy-node-client';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startChild, type StartedChild } from '#standins/started-child.ts';
import { dial, echo, startFarSide, type FarSide, type Peer } from '#standins/toxiproxy/far-side.ts';
import { twinPaths } from '../../supervisor/state.ts';
import type { AppliedFault } from '../fault.ts';
import type { FaultContext } from '../kind.ts';
import { linkKinds } from '../link.ts';
import { isBroken } from '../link-state.ts';
import { createLinkSwitch } from '../link-switch.ts';
import { readProxies, type ProxyView } from '../proxy-view.ts';

export const link = 'border:world-china';
/** Timers may fire a little early on the clock that tests judge them by. */
export const earlyMs = 2;

/** A link to a server that echoes, over the embedded Toxiproxy as a process. */
export interface OneLink {
  readonly url: string;
  readonly far: FarSide;
  readonly context: FaultContext;
  /** Applies a fault, which is healed after the test at the latest. */
  apply(kind: keyof typeof linkKinds, params: object): Promise<AppliedFault>;
  view(): Promise<ProxyView>;
  /** Makes the link anew, as a Toxiproxy that has begun anew knows it: open, and without toxics. */
  forget(): Promise<void>;
  isWhole(): Promise<boolean>;
  /** A new connection over the link, or to another address. */
  open(address?: string): Promise<Peer>;
  /** A connection over which `text` has come back, and how long that took. */
  echoed(text?: string): Promise<{ peer: Peer; tookMs: number }>;
}

const unused = (): never => {
  throw new Error('a fault of a link has no business here');
};

/** Registers the hooks that make and close the link; to be called in a test file, which reads it inside its tests only. */
export function useOneLink(): OneLink {
  let toxiproxy: StartedChild;
  let url = '';
  let far: FarSide;
  let context: FaultContext;
  let listen = '';
  const peers: Peer[] = [];
  const applied: AppliedFault[] = [];

  beforeAll(async () => {
    toxiproxy = await startChild(new URL('../../standins/toxiproxy/main.ts', import.meta.url), ['--seed', '7']);
    url = toxiproxy.urlOf('toxiproxy');
  });
  afterAll(async () => {
    await toxiproxy.stop();
  });
  beforeEach(async () => {
    far = await startFarSide(echo);
    ({ listen } = await new Client(url).createProxy({ name: link, listen: '127.0.0.1:0', upstream: far.address }));
    context = {
      paths: twinPaths('/nowhere'),
      state: unused,
      address: () => url,
      signal: unused,
      container: unused,
      restart: unused,
      setClock: unused,
      detour: unused,
      linkSwitch: createLinkSwitch(() => url),
    };
  });
  afterEach(async () => {
    for (const fault of applied.splice(0)) await fault.heal();
    for (const { socket } of peers.splice(0)) socket.destroy();
    await (await new Client(url).get(link)).remove();
    await far.close();
  });

  async function view(): Promise<ProxyView> {
    const found = (await readProxies(url))[link];
    if (found === undefined) throw new Error('the proxy is gone');
    return found;
  }

  async function open(address = listen): Promise<Peer> {
    const peer = await dial(address);
    peers.push(peer);
    return peer;
  }

  return {
    get url() {
      return url;
    },
    get far() {
      return far;
    },
    get context() {
      return context;
    },
    async apply(kind, params) {
      const fault = await linkKinds[kind](params, context)(link);
      applied.push(fault);
      return fault;
    },
    view,
    async forget() {
      await (await new Client(url).get(link)).remove();
      await new Client(url).createProxy({ name: link, listen, upstream: far.address });
    },
    isWhole: async () => !isBroken(await view()),
    open,
    async echoed(text = 'hello') {
      const peer = await open();
      const beganMs = performance.now();
      peer.socket.write(text);
      await peer.until(({ bytes, events }) => bytes >= text.length || events.length > 0);
      if (peer.bytes < text.length) throw new Error(`closed: ${peer.events.join(', ')}`);
      return { peer, tookMs: performance.now() - beganMs };
    },
  };
}
