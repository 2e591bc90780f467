import { canonicalInstant } from '#platform/instant.ts';

/** Is there any time from `from` until before `to`, which is never where it is null? Pure. */
export const isPeriod = (from: string, to: string | null): boolean => to === null || canonicalInstant(from) < canonicalInstant(to);
