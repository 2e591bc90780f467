import { queryOfFilter } from '../data/filter.ts';

/** The query of the filters of the list of orders: numbers as they are printed, and days as the instants at which they begin here. */
export function queryOfOrderFilter(filter: unknown): Record<string, string | boolean> {
  const { number, createdFrom, createdBefore, ...rest } = queryOfFilter(filter);
  const printed = typeof number === 'string' ? number.toUpperCase().replaceAll(/[^A-Z0-9-]/g, '') : '';
  return {
    ...rest,
    ...(printed === '' ? {} : { number: printed }),
    ...named('createdFrom', startOf(createdFrom)),
    ...named('createdBefore', startOf(createdBefore)),
  };
}

/** When a day (`2026-03-01`) begins for who reads the list; nothing for what is none. */
function startOf(day: unknown): string | undefined {
  const match = typeof day === 'string' ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) : null;
  if (match === null) return undefined;
  const start = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return Number.isNaN(start.getTime()) ? undefined : start.toISOString();
}

const named = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });
