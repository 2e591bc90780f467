import { Toxiproxy as Client } from 'toxiproxy-node-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startChild, type StartedChild } from '#standins/started-child.ts';
import { dial, echo, startFarSide, type FarSide, type Peer } from '#standins/toxiproxy/far-side.ts';
import { twinPaths } from '../supervisor/state.ts';
import type { AppliedFault } from './fault.ts';
import type { FaultContext } from './kind.ts';
import { linkKinds } from './link.ts';
import { isBroken } from './link-state.ts';
import { createLinkSwitch } from './link-switch.ts';
import { readProxies, type ProxyView } from './proxy-view.ts';
import { beatsOf } from './rhythm.ts';
import { presetNamed } from './preset.ts';
import { clearLinks, putToxics } from './toxics.ts';

const link = 'border:world-china';
const early = 2;
let toxiproxy: StartedChild;
let url = '';
let far: FarSide;
let context: FaultContext;
let listen = '';
const peers: Peer[] = [];
const applied: AppliedFault[] = [];

beforeAll(async () => {
  toxiproxy = await startChild(new URL('../standins/toxiproxy/main.ts', import.meta.url), ['--seed', '7']);
  url = toxiproxy.urlOf('toxiproxy');
});
afterAll(async () => {
  await toxiproxy.stop();
});

const unused = (): never => {
  throw new Error('a fault of a link has no business here');
};

beforeEach(async () => {
  far = await startFarSide(echo);
  ({ listen } = await new Client(url).createProxy({ name: link, listen: '127.0.0.1:0', upstream: far.address }));
  context = {
    paths: twinPaths('/nowhere'),
    state: unused,
    address: () => url,
    signal: unused,
    restart: unused,
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

async function apply(kind: keyof typeof linkKinds, params: object): Promise<AppliedFault> {
  const fault = await linkKinds[kind](params, context)(link);
  applied.push(fault);
  return fault;
}

async function view(): Promise<ProxyView> {
  const found = (await readProxies(url))[link];
  if (found === undefined) throw new Error('the proxy is gone');
  return found;
}
const isWhole = async () => !isBroken(await view());

async function open(): Promise<Peer> {
  const peer = await dial(listen);
  peers.push(peer);
  return peer;
}

/** A connection over which `text` has come back, and how long that took. */
async function echoed(text = 'hello', peer?: Peer): Promise<{ peer: Peer; tookMs: number }> {
  const used = peer ?? (await open());
  const wanted = used.bytes + text.length;
  const beganMs = performance.now();
  used.socket.write(text);
  await used.until(({ bytes, events }) => bytes >= wanted || events.length > 0);
  if (used.bytes < wanted) throw new Error(`closed: ${used.events.join(', ')}`);
  return { peer: used, tookMs: performance.now() - beganMs };
}

describe('cut', () => {
  it('refuses, closes what stands, and heals', async () => {
    const { peer } = await echoed();
    const fault = await apply('cut', { how: 'refuse' });
    await peer.until(({ events }) => events.includes('close') || events.includes('end'));
    await expect(open()).rejects.toThrow('ECONNREFUSED');
    await fault.heal();
    await echoed();
    expect(await isWhole()).toBe(true);
  });

  it('swallows both ways, with connections standing', async () => {
    const { peer } = await echoed();
    const fault = await apply('cut', { how: 'blackhole' });
    peer.socket.write('lost');
    const late = await open();
    late.socket.write('lost too');
    // A reset over the same proxy would be seen by now: a request of the same age has been answered round it.
    const direct = await dial(far.address);
    peers.push(direct);
    direct.socket.write('ok');
    await direct.until(({ bytes }) => bytes === 2);
    expect([peer.bytes, late.bytes, peer.events, late.events]).toEqual([5, 0, [], []]);
    await fault.heal();
    await echoed();
    expect(await isWhole()).toBe(true);
  });

  it('swallows one stream alone: down loses the answer to what has arrived', async () => {
    await apply('cut', { how: 'blackhole', stream: 'down' });
    const peer = await open();
    peer.socket.write('done');
    await expect.poll(() => far.accepted[0]?.received().toString()).toBe('done');
    expect(peer.bytes).toBe(0);
  });

  it('refuses neither one stream nor a share', async () => {
    await expect(apply('cut', { how: 'refuse', stream: 'up' })).rejects.toThrow('--blackhole');
    await expect(apply('cut', { how: 'refuse', share: 0.5 })).rejects.toThrow('--blackhole');
    expect(await isWhole()).toBe(true);
  });

  it('takes hold of a share of connections', async () => {
    await apply('cut', { how: 'blackhole', share: 0.5 });
    const all = await Promise.all(Array.from({ length: 60 }, () => open()));
    for (const { socket } of all) socket.write('x');
    const answered = () => all.filter(({ bytes }) => bytes === 1).length;
    await expect.poll(answered, { timeout: 10_000 }).toBeGreaterThan(10);
    // None of 60 fair coins falls so far to one side (p < 1e-6).
    expect(answered()).toBeLessThan(50);
  });
});

describe('slow', () => {
  it('delays a round trip by so much, and heals', async () => {
    const fault = await apply('slow', { rttMs: 300 });
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(300 - early);
    await fault.heal();
    await echoed();
    expect(await isWhole()).toBe(true);
  });

  it('delays one stream alone by all of it', async () => {
    await apply('slow', { rttMs: 300, stream: 'up' });
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(300 - early);
    expect((await view()).toxics.map(({ stream }) => stream)).toEqual(['upstream']);
  });

  it('limits the rate of each stream', async () => {
    await apply('slow', { rateBitsPerSecond: 800_000 });
    // 100 kB/s: the first piece needs its time, whatever else the machine does.
    expect((await echoed('x'.repeat(50_000))).tookMs).toBeGreaterThanOrEqual(500 - early);
  });
});

describe('reset', () => {
  it('of answers: what was asked is done, then the connection is reset', async () => {
    const fault = await apply('reset', {});
    const peer = await open();
    peer.socket.write('done');
    await peer.until(({ events }) => events.includes('close'));
    expect(peer.events[0]).toBe('ECONNRESET');
    expect([peer.bytes, far.accepted[0]?.received().toString()]).toEqual([0, 'done']);
    await fault.heal();
    await echoed();
  });

  it('of requests: nothing arrives', async () => {
    await apply('reset', { stream: 'up' });
    const peer = await open();
    peer.socket.write('lost');
    await peer.until(({ events }) => events.includes('close'));
    await far.accepted[0]?.until(({ events }) => events.includes('close'));
    expect([peer.events[0], far.accepted[0]?.bytes]).toEqual(['ECONNRESET', 0]);
  });

  it('comes so long after the first data', async () => {
    await apply('reset', { afterMs: 400, stream: 'up' });
    const peer = await open();
    const beganMs = performance.now();
    peer.socket.write('held');
    await peer.until(({ events }) => events.includes('close'));
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(400 - early);
  });
});

describe('limit and slice', () => {
  it('end a connection in the middle of a message', async () => {
    const fault = await apply('limit', { bytes: 1000 });
    const peer = await open();
    peer.socket.write('x'.repeat(5000));
    await peer.until(({ events }) => events.includes('end') || events.includes('close'));
    expect(peer.bytes).toBe(1000);
    await fault.heal();
    await echoed('x'.repeat(5000));
  });

  it('deliver in small pieces, whole', async () => {
    const fault = await apply('slice', { bytes: 10, delayMs: 5, stream: 'down' });
    const { peer } = await echoed('x'.repeat(200));
    expect(peer.chunks.length).toBeGreaterThan(5);
    await fault.heal();
    expect(await isWhole()).toBe(true);
  });
});

describe('faults on one link', () => {
  it('add up, and each heals by itself', async () => {
    const cut = await apply('cut', { how: 'blackhole' });
    const slow = await apply('slow', { rttMs: 300 });
    const names = async () => (await view()).toxics.map(({ name }) => name).toSorted();
    expect(await names()).toEqual([
      'sim-cut-timeout-downstream',
      'sim-cut-timeout-upstream',
      'sim-slow-latency-downstream',
      'sim-slow-latency-upstream',
    ]);
    await cut.heal();
    expect(await names()).toEqual(['sim-slow-latency-downstream', 'sim-slow-latency-upstream']);
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(300 - early);
    await slow.heal();
    expect(await isWhole()).toBe(true);
  });

  it('leave what others put there alone, until links are cleared', async () => {
    const proxy = await new Client(url).get(link);
    await proxy.addToxic({ name: 'mine', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 1, jitter: 0 } });
    const slow = await apply('slow', { rttMs: 10 });
    await slow.heal();
    expect((await view()).toxics.map(({ name }) => name)).toEqual(['mine']);
    await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    await clearLinks(url, [link]);
    expect(await isWhole()).toBe(true);
  });

  it('that cannot be applied leave nothing', async () => {
    const good = { type: 'latency' as const, stream: 'upstream' as const, attributes: { latency: 1, jitter: 0 } };
    await expect(putToxics(url, link, 'slow', [good, good])).rejects.toThrow();
    expect(await isWhole()).toBe(true);
    await expect(linkKinds.cut({ how: 'refuse' }, context)('border:moon')).rejects.toThrow();
    expect(() => linkKinds.slow({ rttMs: -1 }, context)).toThrow(/rttMs: must be >= 0/);
  });

  it('that both refuse connections do so until the last has healed', async () => {
    const cut = await apply('cut', { how: 'refuse' });
    await context.linkSwitch.shut(link, 'preset');
    await context.linkSwitch.release(link, 'preset');
    await expect(open()).rejects.toThrow('ECONNREFUSED');
    await context.linkSwitch.shut(link, 'preset');
    await cut.heal();
    await expect(open()).rejects.toThrow('ECONNREFUSED');
    await context.linkSwitch.release(link, 'preset');
    await echoed();
  });
});

describe('presets', () => {
  it.each([
    ['satellite', 600],
    ['border-evening', 230],
    ['intercontinental', 200],
    ['lossy-1', 200],
    ['lossy-15', 200],
    ['3g', 150],
  ])('%s takes a round trip of %i ms, and heals', async (name, rttMs) => {
    const fault = await apply('preset', { name });
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(rttMs - early);
    await fault.heal();
    await echoed();
    expect(await isWhole()).toBe(true);
  });

  it('border-evening carries 20 kB a second into China, and more out of it', async () => {
    await apply('preset', { name: 'border-evening' });
    const peer = await open();
    const beganMs = performance.now();
    peer.socket.write('x'.repeat(20_000));
    await expect.poll(() => far.accepted[0]?.bytes, { timeout: 10_000, interval: 5 }).toBe(20_000);
    const inMs = performance.now() - beganMs;
    expect(inMs).toBeGreaterThanOrEqual(1000);
    await peer.until(({ bytes }) => bytes === 20_000);
    expect(performance.now() - beganMs - inMs).toBeLessThan(inMs);
  });

  it('one stream of a preset leaves the other alone', async () => {
    await apply('preset', { name: 'satellite', stream: 'up' });
    expect((await view()).toxics.map(({ stream }) => stream)).toEqual(['upstream', 'upstream']);
  });

  /** The changes of a link, as somebody sees them who looks all the time: open or shut, and for how long. */
  async function watchedBeats(count: number, isShut: (proxy: ProxyView) => boolean): Promise<number[]> {
    const lengths: number[] = [];
    let sinceMs = performance.now();
    let shut = false;
    await expect
      .poll(
        async () => {
          const now = isShut(await view());
          if (now !== shut) {
            lengths.push(performance.now() - sinceMs);
            sinceMs = performance.now();
            shut = now;
          }
          return lengths.length;
        },
        { timeout: 25_000, interval: 10 },
      )
      .toBeGreaterThanOrEqual(count);
    return lengths;
  }

  const seed = 7;

  it('flapping comes and goes as its seed says', { timeout: 60_000 }, async () => {
    const fault = await apply('preset', { name: 'flapping', seed });
    expect(fault.summary).toBe('flapping: open for 1-5 s, shut for 0.5-3 s, seed 7');
    const seen = await watchedBeats(3, ({ enabled }) => !enabled);
    const beats = beatsOf(presetNamed('flapping').rhythm!, seed);
    const [first, second] = [beats.next().value, beats.next().value];
    const planned = [first.openMs, first.shutMs, second.openMs];
    for (const [index, plannedMs] of planned.entries()) expect(Math.abs((seen[index] ?? 0) - plannedMs), `beat ${index}`).toBeLessThan(800);
    // It is shut at this moment: healed in the middle of it, it is open and stays so.
    await fault.heal();
    expect(await isWhole()).toBe(true);
    await echoed();
  });

  it('flapping of one stream swallows it by turns, and a cut outlives it', { timeout: 60_000 }, async () => {
    const fault = await apply('preset', { name: 'flapping', seed, stream: 'down' });
    await watchedBeats(1, ({ toxics }) => toxics.length > 0);
    expect((await view()).toxics.map(({ name }) => name)).toEqual(['sim-rhythm-timeout-downstream']);
    const cut = await apply('cut', { how: 'refuse' });
    await fault.heal();
    expect(await view()).toMatchObject({ enabled: false, toxics: [] });
    await cut.heal();
    expect(await isWhole()).toBe(true);
  });
});
