import { expect, test } from 'vitest';

import type { ItemResult } from '../protocol/answer.ts';
import { createLagWindow } from './lag-window.ts';
import { createMetrics } from './metrics.ts';
import { createWorkerObserver } from './observer.ts';

const NOW_MS = 1_800_000_000_000;
const version = (ageMs: number): string => String(BigInt(NOW_MS - ageMs) * 65_536n);

/** The greatest lag that was noted when the peer answers `result` for an item of five seconds ago. */
function lagAfter(result: ItemResult): number | null {
  const lags = createLagWindow();
  const clock = { now: () => NOW_MS, wait: async () => undefined };
  const observer = createWorkerObserver({
    journal: { note: () => undefined, flush: async () => undefined },
    metrics: createMetrics({ direction: 'world-china', nowMs: clock.now }),
    lags,
    clock,
  });
  const groups = [{ entity: 'catalog.product', items: [`{"$k":"k","$v":"${version(5_000)}"}`] }];
  observer.exchanged({ groups, nonce: 'n', sentBytes: 1, receivedBytes: 1, ms: 1, end: { answers: [result] } });
  return lags.quantile(1, NOW_MS);
}

test('what became visible there counts for the lag: applied, or the winner of a conflict; nothing else does', () => {
  for (const visible of [
    { outcome: 'applied', reason: null },
    { outcome: 'conflict', reason: 'won' },
  ] as const) {
    const lagMs = lagAfter(visible);
    expect(Math.abs((lagMs ?? 0) - 5_000)).toBeLessThan(300);
  }
  for (const hidden of [
    { outcome: 'conflict', reason: 'lost' },
    { outcome: 'stale', reason: null },
    { outcome: 'parked', reason: 'busy' },
    { outcome: 'rejected', reason: 'constraint' },
  ] as const)
    expect(lagAfter(hidden)).toBeNull();
});
