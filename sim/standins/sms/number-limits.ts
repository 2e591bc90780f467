/** Takes a message to a number where the limits allow one more; says which of them does not. */
export interface NumberLimits {
  take(to: string, nowMs: number): string | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The widest first, as the vendor's words name them. */
const limits = [
  { name: '天级', withinMs: DAY_MS, permits: 10 },
  { name: '小时级', withinMs: HOUR_MS, permits: 5 },
  { name: '分钟级', withinMs: MINUTE_MS, permits: 1 },
] as const;

/**
 * The limits that Dysms has at first for codes to one number. Here they are for whatever is sent, and over the last minute, hour and day.
 * https://help.aliyun.com/en/sms/developer-reference/api-error-codes
 */
export function createNumberLimits(): NumberLimits {
  const taken = new Map<string, number[]>();
  return {
    take(to, nowMs) {
      const before = (taken.get(to) ?? []).filter((atMs) => nowMs - atMs < DAY_MS);
      const broken = limits.find(({ withinMs, permits }) => before.filter((atMs) => nowMs - atMs < withinMs).length >= permits);
      taken.set(to, broken === undefined ? [...before, nowMs] : before);
      return broken === undefined ? undefined : `触发${broken.name}流控Permits:${broken.permits}`;
    },
  };
}
