/** The zones whose formatters are kept: there are about 600 names, of which a region's stores use few. */
const MOST_KEPT = 200;
const DAY_MS = 86_400_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const kept = formatters.get(timeZone);
  if (kept !== undefined) return kept;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formatters.size >= MOST_KEPT) formatters.clear();
  formatters.set(timeZone, made);
  return made;
}

/** Is `timeZone` a zone of the IANA database that this Node knows? */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/**
 * What the clock on the wall shows at `instantMs`, as the milliseconds since the epoch at which a clock in UTC shows the same; whole seconds. Throws RangeError for
 * a zone that is not known.
 */
export function wallMsAt(timeZone: string, instantMs: number): number {
  const shown = new Map(
    formatterOf(timeZone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * The instant at which the clock on the wall shows `wallMs`, which counts as wallMsAt's answer does. A time that comes twice, when clocks are set back, is the
 * first of the two; one that is left out, when they are set forward, comes as much later as they were set (RFC 5545, section 3.3.5; Temporal calls it `compatible`).
 */
export function instantMsOf(timeZone: string, wallMs: number): number {
  const offsetAt = (instantMs: number): number => wallMsAt(timeZone, instantMs) - instantMs;
  const before = offsetAt(wallMs - DAY_MS);
  const after = offsetAt(wallMs + DAY_MS);
  if (before === after) return wallMs - before;
  const showing = [wallMs - before, wallMs - after].filter((instantMs) => wallMsAt(timeZone, instantMs) === wallMs);
  return showing.length === 0 ? wallMs - before : Math.min(...showing);
}

/** A stretch of days in which no zone sets its clocks twice: a change and its undoing are four weeks apart at least. */
const STRETCH_MS = 8 * DAY_MS;

/** instantMsOf for many times near each other, for which the zone is asked once a stretch in which its clocks are not set. Not for sharing. */
export function instantsOf(timeZone: string): (wallMs: number) => number {
  const offsets = new Map<number, number>();
  const offsetAt = (edge: number): number => {
    const known = offsets.get(edge);
    if (known !== undefined) return known;
    const found = wallMsAt(timeZone, edge * STRETCH_MS) - edge * STRETCH_MS;
    offsets.set(edge, found);
    return found;
  };
  return (wallMs) => {
    // A day before and after, since the edges are instants and wallMs is none yet.
    const [from, to] = [Math.floor((wallMs - DAY_MS) / STRETCH_MS), Math.ceil((wallMs + DAY_MS) / STRETCH_MS)];
    const offset = offsetAt(from);
    for (let edge = from + 1; edge <= to; edge += 1) if (offsetAt(edge) !== offset) return instantMsOf(timeZone, wallMs);
    return wallMs - offset;
  };
}
