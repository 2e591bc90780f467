const mainland = /^1[3-9]\d{9}$/;

/**
 * The number as Dysms wants it: mainland ones by themselves, others with their calling code and no plus sign. Undefined where that would be another's mainland number,
 * as `13105550100` is of +1 310 555 0100. Pure.
 */
export function dysmsNumber(e164: string): string | undefined {
  const digits = e164.slice(1);
  if (digits.startsWith('86') && mainland.test(digits.slice(2))) return digits.slice(2);
  return mainland.test(digits) ? undefined : digits;
}

/** The other way round: whose number it is that Dysms reports of. Pure. */
export const e164Of = (digits: string): string => `+${mainland.test(digits) ? '86' : ''}${digits}`;
