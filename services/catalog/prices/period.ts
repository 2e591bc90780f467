/** An instant with all six digits of its second, which texts compare and keys are made of. Pure. */
export function canonicalInstant(text: string): string {
  const [seconds = '', fraction = ''] = text.replace('Z', '').split('.');
  return `${seconds}.${fraction.padEnd(6, '0')}Z`;
}

/** Is there any time from `from` until before `to`, which is never where it is null? Pure. */
export const isPeriod = (from: string, to: string | null): boolean => to === null || canonicalInstant(from) < canonicalInstant(to);
