import { describe, expect, it } from 'vitest';
import { parseDelaySeconds, parseShare } from './message-quantities.ts';

describe('quantities of messages', () => {
  it('are read as fractions and whole seconds', () => {
    expect(['10%', '0.1', '100%', '1', '12.5%'].map(parseShare)).toEqual([0.1, 0.1, 1, 1, 0.125]);
    expect(['1s', '30s', '2m', '15m', '1000ms'].map(parseDelaySeconds)).toEqual([1, 30, 120, 900, 1]);
  });

  it.each(['', '0', '0%', '10', '1.1', '101%', '-1%', 'half', '1e-3'])('are refused as shares: %j', (text) => {
    expect(() => parseShare(text)).toThrow(RangeError);
  });

  it.each(['0s', '500ms', '1.5s', '16m', '30'])('are refused as delays: %j', (text) => {
    expect(() => parseDelaySeconds(text)).toThrow(RangeError);
  });
});
