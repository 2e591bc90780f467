import type { Opening, OpeningHours } from '#contracts/opening-hours.ts';

import { instantsOf, wallMsAt } from './time-zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far ahead is looked, in days: mostly the answer is within the first week. */
const LOOKS_AHEAD = [8, 62];

interface Span {
  readonly opensMs: number;
  closesMs: number;
}

/** Whether a store with these hours is open at `atMs`, and when that changes: up to the opening, from the closing it is closed. Pure. */
export function openingAt(hours: OpeningHours, atMs: number): Opening {
  let found: Opening = { isOpen: false, closesAt: null, opensAt: null };
  for (const days of LOOKS_AHEAD) {
    const { spans, untilMs } = spansAround(hours, atMs, days);
    const current = spans.find((span) => span.opensMs <= atMs && atMs < span.closesMs);
    const next = spans.find((span) => span.opensMs > atMs);
    const isClosing = current !== undefined && current.closesMs < untilMs;
    found = {
      isOpen: current !== undefined,
      closesAt: isClosing ? instantOf(current.closesMs) : null,
      opensAt: next === undefined ? null : instantOf(next.opensMs),
    };
    if (next !== undefined && (current === undefined || isClosing)) return found;
  }
  return found;
}

const instantOf = (ms: number): string => new Date(ms).toISOString();

/**
 * The spans in which the store is open, in order and apart from each other, of the days from the day before `atMs` to `days` after it. What reaches `untilMs` may
 * go on.
 */
function spansAround(hours: OpeningHours, atMs: number, days: number): { spans: Span[]; untilMs: number } {
  const { timeZone } = hours;
  const todayMs = Math.floor(wallMsAt(timeZone, atMs) / DAY_MS) * DAY_MS;
  const instantMsOf = instantsOf(timeZone);
  const found: Span[] = [];
  for (let day = -1; day <= days; day += 1) {
    const dayMs = todayMs + day * DAY_MS;
    for (const { opens, closes } of periodsOf(hours, dayMs)) {
      const [from, to] = [minutesOf(opens), minutesOf(closes)];
      const opensMs = instantMsOf(dayMs + from * MINUTE_MS);
      const closesMs = instantMsOf(dayMs + to * MINUTE_MS + (to > from ? 0 : DAY_MS));
      // Clocks that are set forward may leave nothing of it.
      if (opensMs < closesMs) found.push({ opensMs, closesMs });
    }
  }
  const spans: Span[] = [];
  for (const span of found.toSorted((a, b) => a.opensMs - b.opensMs)) {
    const last = spans.at(-1);
    if (last === undefined || span.opensMs > last.closesMs) spans.push({ ...span });
    else last.closesMs = Math.max(last.closesMs, span.closesMs);
  }
  return { spans, untilMs: instantMsOf(todayMs + (days + 1) * DAY_MS) };
}

/** The periods that begin on the day whose midnight a clock in UTC shows at `dayMs`. */
function periodsOf({ weekly, exceptions }: OpeningHours, dayMs: number): readonly { readonly opens: string; readonly closes: string }[] {
  const day = new Date(dayMs);
  const date = day.toISOString().slice(0, 10);
  const exception = exceptions.find((one) => one.date === date);
  return exception?.periods ?? weekly.filter((period) => period.day === (day.getUTCDay() || 7));
}

function minutesOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
