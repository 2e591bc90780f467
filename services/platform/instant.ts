/** Whether an instant that fits the schema is a day of the calendar: the 30th of February would fail in the database, among its neighbours. */
export function isRealInstant(instant: string): boolean {
  const [year, month, day] = instant.slice(0, 10).split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined || year === 0) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** An instant with all six digits of its second, which texts compare and keys are made of. Pure. */
export function canonicalInstant(text: string): string {
  const [seconds = '', fraction = ''] = text.replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(6, '0')}Z`;
}
