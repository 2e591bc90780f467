import { describe, expect, it } from 'vitest';
import { kilobytesPerSecond, latencyOf, linkState } from './faults.ts';
import { parseDuration, parseRate, showDuration } from './quantities.ts';

describe('quantities', () => {
  it('are read with their units', () => {
    expect(['200ms', '1.5s', '2m', '2min', '1h', '0s'].map(parseDuration)).toEqual([200, 1500, 120_000, 120_000, 3_600_000, 0]);
    expect(['800bit', '500kbit', '2mbit', '0.18Mbit'].map(parseRate)).toEqual([800, 500_000, 2_000_000, 180_000]);
  });

  it.each(['', '5', 's', '-1s', '5 s s', '3d', '1e3ms'])('are refused as durations: %j', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
  });

  it.each(['2', '2mb', '-2mbit', '0kbit'])('are refused as rates: %j', (text) => {
    expect(() => parseRate(text)).toThrow(RangeError);
  });

  it('are shown for people', () => {
    expect([450, 12_000, 1234, 185_000, 120_000].map(showDuration)).toEqual(['450 ms', '12 s', '1.2 s', '3 min 5 s', '2 min']);
  });
});

describe('faults', () => {
  it('put half of a round trip on each stream, and count rates as Toxiproxy does', () => {
    expect(latencyOf({ rttMs: 200, jitterMs: 40 })).toEqual({ latency: 100, jitter: 20 });
    expect([2_000_000, 180_000, 1].map(kilobytesPerSecond)).toEqual([250, 23, 1]);
  });

  it('are summed up in a word', () => {
    const toxic = (type: string) => ({ type, attributes: {} });
    expect(linkState(true, [])).toBe('open');
    expect(linkState(false, [])).toBe('cut');
    expect(linkState(true, [toxic('timeout')])).toBe('cut');
    expect(linkState(true, [toxic('latency'), toxic('bandwidth')])).toBe('slowed');
    expect(linkState(true, [toxic('latency'), toxic('reset_peer')])).toBe('faulty');
  });
});
