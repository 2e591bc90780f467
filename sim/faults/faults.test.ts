import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { links } from '../topology/links.ts';
import { regions } from '../topology/regions.ts';
import type { Fault } from './fault.ts';
import { paramsProblem } from './kind.ts';
import { linkState, linkWords, nowhere } from './link-state.ts';
import { CutParams, PresetParams, SlowParams } from './link-params.ts';
import { linkParams, linkTargets } from './link-request.ts';
import { blackhole, kilobytesPerSecond, limit, reset, slice, slowness } from './link-toxics.ts';
import { presetNamed } from './preset.ts';
import { lossyRate, presets } from './presets.ts';
import { parseBytes, parseDuration, parseRate, parseShare, showBytes, showDuration, showRate } from './quantities.ts';
import { beatsOf, startRhythm } from './rhythm.ts';

describe('quantities', () => {
  it('are read with their units', () => {
    expect(['200ms', '1.5s', '2m', '2min', '1h', '0s'].map(parseDuration)).toEqual([200, 1500, 120_000, 120_000, 3_600_000, 0]);
    expect(['800bit', '500kbit', '2mbit', '0.18Mbit'].map(parseRate)).toEqual([800, 500_000, 2_000_000, 180_000]);
    expect(['1b', '64kb', '64KiB', '1.5mb'].map(parseBytes)).toEqual([1, 64_000, 65_536, 1_500_000]);
    expect(['30%', '100%', '0.5%'].map(parseShare)).toEqual([0.3, 1, 0.005]);
  });

  it.each(['', '5', 's', '-1s', '5 s s', '3d', '1e3ms'])('are refused as durations: %j', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
  });

  it.each(['2', '2mb', '-2mbit', '0kbit'])('are refused as rates: %j', (text) => {
    expect(() => parseRate(text)).toThrow(RangeError);
  });

  it.each([
    ['0b', parseBytes],
    ['1.5b', parseBytes],
    ['64', parseBytes],
    ['0%', parseShare],
    ['101%', parseShare],
    ['0.3', parseShare],
  ])('are refused: %j', (text, parse) => {
    expect(() => parse(text)).toThrow(RangeError);
  });

  it('are shown for people', () => {
    expect([450, 12_000, 1234, 185_000, 120_000].map(showDuration)).toEqual(['450 ms', '12 s', '1.2 s', '3 min 5 s', '2 min']);
    expect([2e6, 184_000, 800].map(showRate)).toEqual(['2 Mbit/s', '184 kbit/s', '800 bit/s']);
    expect([100, 64_000, 65_536, 1025].map(showBytes)).toEqual(['100 bytes', '64 kB', '64 KiB', '1025 bytes']);
  });
});

describe('faults of links', () => {
  it('put half of a round trip on each stream, or all of it on the one that is named, and count rates as Toxiproxy does', () => {
    expect(slowness({ rttMs: 200, jitterMs: 40 }).toxics.map(({ stream, attributes }) => [stream, attributes])).toEqual([
      ['upstream', { latency: 100, jitter: 20 }],
      ['downstream', { latency: 100, jitter: 20 }],
    ]);
    const up = slowness({ rttMs: 200, rateBitsPerSecond: 2e6, stream: 'up' });
    expect(up.toxics.map(({ type, stream, attributes }) => [type, stream, attributes])).toEqual([
      ['latency', 'upstream', { latency: 200, jitter: 0 }],
      ['bandwidth', 'upstream', { rate: 250 }],
    ]);
    expect(up.summary).toBe('200 ms a round trip, 2 Mbit/s on the way up');
    expect([2_000_000, 180_000, 1].map(kilobytesPerSecond)).toEqual([250, 23, 1]);
  });

  it('swallow both ways or one, and of a share of connections that many', () => {
    expect(blackhole({}).toxics.map(({ stream }) => stream)).toEqual(['upstream', 'downstream']);
    expect(blackhole({ stream: 'down' }).toxics.map(({ stream }) => stream)).toEqual(['downstream']);
    const { toxics, summary } = blackhole({ share: 0.36 });
    const spared = toxics.reduce((product, { toxicity = 1 }) => product * (1 - toxicity), 1);
    expect(spared).toBeCloseTo(0.64);
    expect(summary).toBe('everything is swallowed, 36 % of connections');
  });

  it('are told in words', () => {
    expect(reset({}).summary).toBe('connections are reset when an answer comes down');
    expect(reset({ afterMs: 5000, stream: 'up', share: 0.1 }).summary).toBe(
      'connections are reset 5 s later when a request goes up, 10 % of connections',
    );
    expect(limit({ bytes: 64_000 }).summary).toBe('connections end after 64 kB on the way down');
    expect(slice({ bytes: 7, delayMs: 5 }).summary).toBe('data in pieces of 7 bytes, 5 ms apart');
  });

  it('are asked for with what belongs together', () => {
    expect(linkParams('cut', {})).toEqual({ how: 'refuse' });
    expect(linkParams('cut', { blackhole: true, stream: 'up', share: 0.5 })).toEqual({ how: 'blackhole', stream: 'up', share: 0.5 });
    expect(() => linkParams('cut', { stream: 'up' })).toThrow(/--blackhole/);
    expect(() => linkParams('slow', { stream: 'up' })).toThrow(/--rtt 200ms/);
    expect(() => linkParams('limit', {})).toThrow(/--bytes 64kb/);
    expect(() => linkParams('preset', { preset: 'satelite' })).toThrow('did you mean satellite?');
    expect(linkParams('preset', { preset: 'satellite', seed: 3 })).toEqual({ name: 'satellite' });
    expect(linkParams('preset', { preset: 'flapping', seed: 3 })).toEqual({ name: 'flapping', seed: 3 });
    expect(linkParams('preset', { preset: 'flapping' })).toMatchObject({ seed: expect.any(Number) });
    expect(linkTargets([], undefined, '3g')).toEqual(
      regions.flatMap((region) => ['auth', 'user', 'catalog', 'inventory', 'order', 'notification'].map((name) => `${region}:${name}`)),
    );
    expect(() => linkTargets(['border', 'world:mail'], undefined, 'border-evening')).toThrow(/world:mail does not cross/);
  });

  it('have parameters that are checked in words', () => {
    expect(paramsProblem(CutParams, { how: 'blackhole', stream: 'up' })).toBeUndefined();
    expect(paramsProblem(CutParams, { how: 'bang' })?.message).toMatch(/^how: must be .*: refuse, blackhole$/);
    expect(paramsProblem(CutParams, {})?.message).toBe('how is needed');
    expect(paramsProblem(SlowParams, { rtt: 3 })).toMatchObject({ path: ['rtt'], message: 'rtt: there is no such entry' });
    expect(paramsProblem(PresetParams, { name: 'flapping', seed: -1 })?.path).toEqual(['seed']);
  });
});

describe('the state of a link', () => {
  const toxic = (type: string, name = `sim-slow-${type}-upstream`, toxicity = 1) => ({
    name,
    type,
    stream: 'upstream',
    toxicity,
    attributes: { latency: 70, rate: 25 },
  });
  const fault = (kind: string, summary: string): Fault => ({ id: 'f1', kind, target: 'world:queue', summary, since: '', until: null });
  const upstream = '127.0.0.1:5';

  it('is summed up in a word', () => {
    expect(linkState({ enabled: true, upstream, toxics: [] })).toBe('open');
    expect(linkState({ enabled: false, upstream, toxics: [] })).toBe('cut');
    expect(linkState({ enabled: true, upstream, toxics: [toxic('timeout')] })).toBe('cut');
    expect(linkState({ enabled: true, upstream, toxics: [toxic('timeout', 'x', 0.5)] })).toBe('faulty');
    expect(linkState({ enabled: true, upstream, toxics: [toxic('latency'), toxic('bandwidth')] })).toBe('slowed');
    expect(linkState({ enabled: true, upstream, toxics: [toxic('latency'), toxic('reset_peer')] })).toBe('faulty');
  });

  it('tells that nothing is at the other end, unless it is broken besides', () => {
    expect(linkState({ enabled: true, upstream: nowhere, toxics: [] })).toBe('no upstream');
    expect(linkState({ enabled: false, upstream: nowhere, toxics: [] })).toBe('cut');
  });

  it('is told in words, with what others did', () => {
    const slow = fault('slow', '140 ms a round trip');
    expect(linkWords({ enabled: true, toxics: [toxic('latency')] }, [slow])).toEqual(['140 ms a round trip']);
    expect(linkWords({ enabled: true, toxics: [toxic('latency'), toxic('latency', 'mine')] }, [slow])).toEqual([
      '140 ms a round trip',
      'foreign toxic mine: 70 ms more on the way up',
    ]);
    expect(linkWords({ enabled: false, toxics: [] }, [slow])).toEqual(['140 ms a round trip', 'foreign: connections are refused']);
    expect(linkWords({ enabled: false, toxics: [] }, [fault('cut', 'connections are refused')])).toEqual(['connections are refused']);
    // The toxics of a fault that is no longer in force are nobody's.
    expect(linkWords({ enabled: true, toxics: [toxic('bandwidth')] }, [])).toEqual([
      'foreign toxic sim-slow-bandwidth-upstream: 200 kbit/s on the way up',
    ]);
  });
});

describe('presets', () => {
  it.each(presets)('$name is on links there are, and says where it comes from', (preset) => {
    const on = linkTargets([], undefined, preset.name);
    expect(on.length).toBeGreaterThan(0);
    for (const link of on) expect(preset.path?.(link) ?? preset.rhythm).toBeDefined();
    expect(preset.sources.length).toBeGreaterThan(0);
    expect(presetNamed(preset.name)).toBe(preset);
  });

  it('slow only what goes into China in the evening, from either side', () => {
    const { path } = presetNamed('border-evening');
    const rates = (link: string) => [path?.(link).up.rateBitsPerSecond, path?.(link).down.rateBitsPerSecond];
    expect(rates('border:world-china')).toEqual([expect.closeTo(160_592, -1), undefined]);
    expect(rates('border:china-world')).toEqual([undefined, expect.closeTo(160_592, -1)]);
    for (const { name } of links.filter(({ region }) => region !== 'border')) expect(() => path?.(name)).toThrow(RangeError);
  });

  it('derive a rate from loss as Mathis and others do', () => {
    // 1460 bytes in 200 ms are 58.4 kbit/s; times 1.2247 / sqrt(0.01).
    expect(lossyRate(200, 0.01) / 1e6).toBeCloseTo(0.715, 3);
    expect(lossyRate(200, 0.15) / 1e6).toBeCloseTo(0.185, 3);
    expect(lossyRate(200, 0.001) / 1e6).toBeCloseTo(2.262, 3);
  });
});

describe('a rhythm', () => {
  const rhythm = { openMs: [1000, 5000], shutMs: [500, 3000] } as const;
  const first = (seed: number, count: number) => {
    const beats = beatsOf(rhythm, seed);
    return Array.from({ length: count }, () => beats.next().value);
  };

  it('is the same for the same seed, another for another, and within its ranges', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), (seed) => {
        const beats = first(seed, 20);
        expect(first(seed, 20)).toEqual(beats);
        for (const { openMs, shutMs } of beats) {
          expect(openMs).toSatisfy((ms: number) => ms >= 1000 && ms <= 5000);
          expect(shutMs).toSatisfy((ms: number) => ms >= 500 && ms <= 3000);
        }
      }),
    );
    expect(first(1, 5)).not.toEqual(first(2, 5));
  });

  it.each([
    { during: 'shut', beats: [{ openMs: 0, shutMs: 100_000 }], seen: ['shut', 'open'] },
    {
      during: 'open',
      beats: [
        { openMs: 0, shutMs: 0 },
        { openMs: 100_000, shutMs: 0 },
      ],
      seen: ['shut', 'open', 'open'],
    },
  ])('ends open, in the middle of being $during', async ({ during, beats, seen }) => {
    const events: string[] = [];
    const reached = Promise.withResolvers<void>();
    const change = (event: string) => async () => {
      events.push(event);
      if (event === during) reached.resolve();
    };
    const running = startRhythm(beats, { shut: change('shut'), open: change('open') });
    await reached.promise;
    await running.end();
    expect(events).toEqual(seen);
  });

  it('goes on where a change fails', async () => {
    let tries = 0;
    const tried = Promise.withResolvers<void>();
    const running = startRhythm(
      Array.from({ length: 5 }, () => ({ openMs: 0, shutMs: 0 })),
      {
        shut: async () => {
          tries += 1;
          if (tries === 3) tried.resolve();
          throw new Error('not now');
        },
        open: async () => undefined,
      },
    );
    await tried.promise;
    await running.end();
    expect(tries).toBeGreaterThanOrEqual(3);
  });
});
