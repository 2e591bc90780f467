import { describe, expect, it } from 'vitest';
import { presetNamed } from './preset.ts';
import type { ProxyView } from './proxy-view.ts';
import { beatsOf } from './rhythm.ts';
import { earlyMs, useOneLink } from './testing/one-link.ts';

const one = useOneLink();
const { apply, view, isWhole, open, echoed } = one;

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
    expect((await echoed()).tookMs).toBeGreaterThanOrEqual(rttMs - earlyMs);
    await fault.heal();
    await echoed();
    expect(await isWhole()).toBe(true);
  });

  it('border-evening carries 20 kB a second into China, and more out of it', async () => {
    await apply('preset', { name: 'border-evening' });
    const peer = await open();
    const beganMs = performance.now();
    peer.socket.write('x'.repeat(20_000));
    await expect.poll(() => one.far.accepted[0]?.bytes, { timeout: 10_000, interval: 5 }).toBe(20_000);
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
