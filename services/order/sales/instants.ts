import { isRealInstant } from '#platform/instant.ts';

/** So much may the clock of a till be ahead of ours, or of another till's. */
const CLOCKS_DIFFER_MS = 60_000;

/** What is wrong with when something was sold or came back: nothing is recorded before it was; null where nothing is wrong. Pure. */
export function faultOf(instant: string, nowMs: number): string | null {
  if (!isRealInstant(instant)) return 'is no day of the calendar';
  return Date.parse(instant) > nowMs + CLOCKS_DIFFER_MS ? 'has not come yet' : null;
}

/** Whether something came back before it was sold. Pure. */
export const isBeforeSale = (returnedAt: string, soldAt: string): boolean => Date.parse(returnedAt) < Date.parse(soldAt) - CLOCKS_DIFFER_MS;
