import { Type, type Static } from 'typebox';

import { closed, Instant, orNull } from './values.ts';

const OpeningTime = Type.String({ description: 'a time of day, like 09:30', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' });
/** `24:00` is the end of the day; a time that is not after the opening is one of the next day. */
const ClosingTime = Type.String({
  description: 'a time of day, like 17:30, up to 24:00',
  pattern: '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$',
});
const LocalDate = Type.String({ description: 'a day, like 2026-12-24', pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' });

const period = { opens: OpeningTime, closes: ClosingTime };

/** When a store is open, by the clock on its wall. A date among the exceptions has the periods that stand there, and none of its weekday: none at all, and it is closed. */
export const OpeningHours = Type.Object(
  {
    /** A name of the IANA time zone database: `Asia/Shanghai`. */
    timeZone: Type.String({
      description: 'a time zone of IANA, like Europe/London',
      pattern: '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$',
      maxLength: 64,
    }),
    /** `day` is that of ISO 8601: Monday is 1, Sunday 7. */
    weekly: Type.Array(Type.Object({ day: Type.Integer({ minimum: 1, maximum: 7 }), ...period }, closed), { maxItems: 28 }),
    exceptions: Type.Array(Type.Object({ date: LocalDate, periods: Type.Array(Type.Object(period, closed), { maxItems: 4 }) }, closed), {
      maxItems: 200,
    }),
  },
  closed,
);
export type OpeningHours = Static<typeof OpeningHours>;

/** Whether a store is open at an instant, and when that changes; null where it does not within two months. */
export const Opening = Type.Object({
  isOpen: Type.Boolean(),
  /** When it closes; null while it is closed. */
  closesAt: orNull(Instant),
  /** When it opens next: after it has closed, where it is open. */
  opensAt: orNull(Instant),
});
export type Opening = Static<typeof Opening>;
