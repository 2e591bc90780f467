/** SQL of a time as ISO 8601 text with its microseconds; `column` is one of our own. */
export const instant = (column: string): string => `to_char((${column}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** SQL of the milliseconds since a time; NULL where there is none. */
export const age = (column: string): string =>
  `CASE WHEN ${column} IS NOT NULL THEN greatest(0, round(date_part('epoch', clock_timestamp() - ${column}) * 1000))::int8::text END`;
