/** Whether an instant that fits the schema is a day of the calendar: the 30th of February would fail in the database, among its neighbours. */
export function isRealInstant(instant: string): boolean {
  const [year, month, day] = instant.slice(0, 10).split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined || year === 0) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
