import { Toxiproxy as Client } from 'toxiproxy-node-client';
import { describe, expect, it } from 'vitest';
import { linkKinds } from './link.ts';
import { earlyMs, link, useOneLink } from './testing/one-link.ts';
import { clearLinks, putToxics } from './toxics.ts';

const one = useOneLink();
const { apply, view, isWhole, open, echoed } = one;

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
    const direct = await open(one.far.address);
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
    await expect.poll(() => one.far.accepted[0]?.received().toString()).toBe('done');
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
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(300 - earlyMs);
    await fault.heal();
    await echoed();
    expect(await isWhole()).toBe(true);
  });

  it('delays one stream alone by all of it', async () => {
    await apply('slow', { rttMs: 300, stream: 'up' });
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(300 - earlyMs);
    expect((await view()).toxics.map(({ stream }) => stream)).toEqual(['upstream']);
  });

  it('limits the rate of each stream', async () => {
    await apply('slow', { rateBitsPerSecond: 800_000 });
    // 100 kB/s: the first piece needs its time, whatever else the machine does.
    expect((await echoed('x'.repeat(50_000))).tookMs).toBeGreaterThanOrEqual(500 - earlyMs);
  });
});

describe('reset', () => {
  it('of answers: what was asked is done, then the connection is reset', async () => {
    const fault = await apply('reset', {});
    const peer = await open();
    peer.socket.write('done');
    await peer.until(({ events }) => events.includes('close'));
    expect(peer.events[0]).toBe('ECONNRESET');
    expect([peer.bytes, one.far.accepted[0]?.received().toString()]).toEqual([0, 'done']);
    await fault.heal();
    await echoed();
  });

  it('of requests: nothing arrives', async () => {
    await apply('reset', { stream: 'up' });
    const peer = await open();
    peer.socket.write('lost');
    await peer.until(({ events }) => events.includes('close'));
    await one.far.accepted[0]?.until(({ events }) => events.includes('close'));
    expect([peer.events[0], one.far.accepted[0]?.bytes]).toEqual(['ECONNRESET', 0]);
  });

  it('comes so long after the first data', async () => {
    await apply('reset', { afterMs: 400, stream: 'up' });
    const peer = await open();
    const beganMs = performance.now();
    peer.socket.write('held');
    await peer.until(({ events }) => events.includes('close'));
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(400 - earlyMs);
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
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(300 - earlyMs);
    await slow.heal();
    expect(await isWhole()).toBe(true);
  });

  it('leave what others put there alone, until links are cleared', async () => {
    const proxy = await new Client(one.url).get(link);
    await proxy.addToxic({ name: 'mine', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 1, jitter: 0 } });
    const slow = await apply('slow', { rttMs: 10 });
    await slow.heal();
    expect((await view()).toxics.map(({ name }) => name)).toEqual(['mine']);
    await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    await clearLinks(one.url, [link]);
    expect(await isWhole()).toBe(true);
  });

  it('that cannot be applied leave nothing', async () => {
    const good = { type: 'latency' as const, stream: 'upstream' as const, attributes: { latency: 1, jitter: 0 } };
    await expect(putToxics(one.url, link, 'slow', [good, good])).rejects.toThrow();
    expect(await isWhole()).toBe(true);
    await expect(linkKinds.cut({ how: 'refuse' }, one.context)('border:moon')).rejects.toThrow();
    expect(() => linkKinds.slow({ rttMs: -1 }, one.context)).toThrow(/rttMs: must be >= 0/);
  });

  it('that both refuse connections do so until the last has healed', async () => {
    const cut = await apply('cut', { how: 'refuse' });
    await one.context.linkSwitch.shut(link, 'preset');
    await one.context.linkSwitch.release(link, 'preset');
    await expect(open()).rejects.toThrow('ECONNREFUSED');
    await one.context.linkSwitch.shut(link, 'preset');
    await cut.heal();
    await expect(open()).rejects.toThrow('ECONNREFUSED');
    await one.context.linkSwitch.release(link, 'preset');
    await echoed();
  });
});
