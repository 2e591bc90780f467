/**
 * Goal: a store is open when the clock on its wall says so, also on the days on which clocks are set.
 * Method: by hand for the days of which law and tables say what happens; for random hours and instants against a walk through the minutes that knows of zones no
 * more than how a clock there is read. Planted once each: the length of a period reckoned without the wall, the second of two equal times, exceptions that add to the
 * weekday, yesterday's night forgotten, spans that touch and are not joined, one offset for a stretch in which clocks are set.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { OpeningHours } from '#contracts/opening-hours.ts';

import { openingAt } from './opening.ts';
import { instantMsOf, instantsOf, isTimeZone, wallMsAt } from './time-zone.ts';

const QUARTER_MS = 15 * 60_000;
const zones = ['Asia/Shanghai', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Chatham'];

const hours = (timeZone: string, weekly: OpeningHours['weekly'], exceptions: OpeningHours['exceptions'] = []): OpeningHours => ({
  timeZone,
  weekly,
  exceptions,
});
const daily = (opens: string, closes: string) => [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, opens, closes }));
const opening = (of: OpeningHours, at: string) => {
  const { isOpen, closesAt, opensAt } = openingAt(of, Date.parse(at));
  return [isOpen, closesAt?.replace(':00.000', '') ?? null, opensAt?.replace(':00.000', '') ?? null];
};

describe('a store', () => {
  const shop = hours('Europe/London', [
    { day: 6, opens: '09:00', closes: '17:00' },
    { day: 7, opens: '10:00', closes: '16:00' },
  ]);

  it('is open from the opening until before the closing, and says when that changes', () => {
    expect(opening(shop, '2026-03-28T08:59:59Z')).toEqual([false, null, '2026-03-28T09:00Z']);
    // Clocks there are set forward in the night to Sunday.
    expect(opening(shop, '2026-03-28T09:00:00Z')).toEqual([true, '2026-03-28T17:00Z', '2026-03-29T09:00Z']);
    expect(opening(shop, '2026-03-28T17:00:00Z')).toEqual([false, null, '2026-03-29T09:00Z']);
    expect(opening(shop, '2026-03-29T15:00:00Z')).toEqual([false, null, '2026-04-04T08:00Z']);
  });

  it('has on a date among the exceptions what stands there, and nothing of its weekday', () => {
    const holidays = hours('Asia/Shanghai', daily('10:00', '22:00'), [
      { date: '2026-10-01', periods: [] },
      { date: '2026-10-02', periods: [{ opens: '12:00', closes: '14:00' }] },
    ]);
    expect(opening(holidays, '2026-10-01T04:00:00Z')).toEqual([false, null, '2026-10-02T04:00Z']);
    expect(opening(holidays, '2026-10-02T04:00:00Z')).toEqual([true, '2026-10-02T06:00Z', '2026-10-03T02:00Z']);
  });

  it('is open past midnight, into a day on which it does not open', () => {
    const bar = hours('Europe/London', [{ day: 6, opens: '20:00', closes: '03:00' }]);
    // Clocks are set back in that night: it is an hour longer.
    expect(opening(bar, '2026-10-24T19:00:00Z')).toEqual([true, '2026-10-25T03:00Z', '2026-10-31T20:00Z']);
    expect(opening(bar, '2026-10-25T02:59:00Z')[0]).toBe(true);
    const closed = { ...bar, exceptions: [{ date: '2026-10-25', periods: [] }] };
    expect(opening(closed, '2026-10-25T02:59:00Z')[0], 'the exception is of what begins on its day').toBe(true);
  });

  it.each([
    ['never opens', hours('Asia/Shanghai', []), [false, null, null]],
    ['never closes', hours('Europe/London', daily('00:00', '24:00')), [true, null, null]],
    ['never closes, by days of twenty-four hours from ten o’clock', hours('Europe/London', daily('10:00', '10:00')), [true, null, null]],
    [
      'closes for once',
      hours('Europe/London', daily('00:00', '24:00'), [{ date: '2026-03-30', periods: [] }]),
      [true, '2026-03-29T23:00Z', '2026-03-30T23:00Z'],
    ],
  ])('%s', (_what, of, expected) => {
    expect(opening(of, '2026-03-28T12:00:00Z')).toEqual(expected);
  });

  it('opens once where a time comes twice, and later where it is left out', () => {
    const early = (timeZone: string) => hours(timeZone, daily('01:30', '01:45'));
    expect(opening(early('Europe/London'), '2026-10-25T00:00:00Z')).toEqual([false, null, '2026-10-25T00:30Z']);
    expect(opening(early('Europe/London'), '2026-10-25T01:30:00Z')).toEqual([false, null, '2026-10-26T01:30Z']);
    expect(opening(early('Europe/London'), '2026-03-29T00:59:00Z')).toEqual([false, null, '2026-03-29T01:30Z']);
    expect(opening(hours('America/New_York', daily('02:30', '03:00')), '2026-03-08T05:00:00Z')).toEqual([false, null, '2026-03-09T06:30Z']);
  });
});

describe('a zone', () => {
  it('is one of the IANA database', () => {
    expect(['Asia/Shanghai', 'UTC', 'Mars/Olympus'].map(isTimeZone)).toEqual([true, true, false]);
  });

  it('shows each wall time at the instant of it, and a time that it leaves out as much later as clocks are set', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2030, 0) }), (zone, drawn) => {
        const instantMs = Math.floor(drawn / 1_000) * 1_000;
        const wallMs = wallMsAt(zone, instantMs);
        const back = instantMsOf(zone, wallMs);
        expect(instantsOf(zone)(wallMs)).toBe(back);
        expect(wallMsAt(zone, back)).toBe(wallMs);
        expect(back).toBeLessThanOrEqual(instantMs);
        const shown = wallMsAt(zone, instantMsOf(zone, drawn - (drawn % 1_000)));
        expect([0, 30 * 60_000, 60 * 60_000]).toContain(shown - (drawn - (drawn % 1_000)));
      }),
    );
  });
});

/** How a clock there is read, by another way than the product's. */
const read = (zone: string, ms: number): string => new Date(ms).toLocaleString('sv-SE', { timeZone: zone }).slice(0, 16);
const quarter = fc
  .integer({ min: 0, max: 95 })
  .map((n) => `${String(Math.floor(n / 4)).padStart(2, '0')}:${String((n % 4) * 15).padStart(2, '0')}`);
const period = fc.record({ opens: quarter, closes: fc.oneof(quarter, fc.constant('24:00')) });
const dayBefore = (date: string): string => new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);

/** By the wall alone: within a period of today, or in what is left of one of yesterday. Of no use in the hours that come twice or not at all. */
function isOpenByTheWall(of: OpeningHours, wall: string): boolean {
  const [date = '', time = ''] = wall.split(' ');
  const on = (day: string) =>
    of.exceptions.find((one) => one.date === day)?.periods ?? of.weekly.filter((one) => one.day === (new Date(day).getUTCDay() || 7));
  return (
    on(date).some(({ opens, closes }) => opens <= time && (time < closes || closes <= opens)) ||
    on(dayBefore(date)).some(({ opens, closes }) => closes <= opens && time < closes)
  );
}

describe('random hours', () => {
  const random = fc
    .record({
      timeZone: fc.constantFrom(...zones),
      weekly: fc.array(
        fc.tuple(fc.integer({ min: 1, max: 7 }), period).map(([day, one]) => ({ day, ...one })),
        { maxLength: 9 },
      ),
      exceptions: fc.uniqueArray(
        fc.record({
          date: fc.integer({ min: 0, max: 20 }).map((n) => new Date(Date.UTC(2026, 2, 20 + n)).toISOString().slice(0, 10)),
          periods: fc.array(period, { maxLength: 2 }),
        }),
        { selector: ({ date }) => date, maxLength: 4 },
      ),
    })
    .chain((of) =>
      fc.tuple(
        fc.constant(of),
        fc.integer({ min: 0, max: 96 * 16 }).map((n) => Date.UTC(2026, 2, 22) + n * QUARTER_MS),
      ),
    );

  it('are open when the wall says so, from the opening to the closing that are foretold, and in between is nothing else', () => {
    fc.assert(
      fc.property(random, ([of, atMs]) => {
        // Whether clocks were set within a day: then wall time is no measure of what comes when.
        const isSteady = (ms: number) =>
          wallMsAt(of.timeZone, ms - 86_400_000) - wallMsAt(of.timeZone, ms + 86_400_000) === -2 * 86_400_000;
        const { isOpen, closesAt, opensAt } = openingAt(of, atMs);
        if (isSteady(atMs)) expect(isOpen).toBe(isOpenByTheWall(of, read(of.timeZone, atMs)));
        expect(closesAt !== null && !isOpen).toBe(false);
        const changeMs = Date.parse((isOpen ? closesAt : opensAt) ?? new Date(atMs + 3 * 86_400_000).toISOString());
        expect(changeMs).toBeGreaterThan(atMs);
        for (let ms = atMs; ms < Math.min(changeMs, atMs + 3 * 86_400_000); ms += QUARTER_MS) {
          expect(openingAt(of, ms).isOpen, read(of.timeZone, ms)).toBe(isOpen);
        }
        if (isOpen ? closesAt !== null : opensAt !== null) expect(openingAt(of, changeMs).isOpen).toBe(!isOpen);
        if (isOpen && closesAt !== null && opensAt !== null) expect(openingAt(of, Date.parse(closesAt)).opensAt).toBe(opensAt);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
