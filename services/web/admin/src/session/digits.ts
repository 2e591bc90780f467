/** The digits of a code as people write them, with blanks, hyphens or full-width digits; nothing when they are not as many. */
export function readDigits(text: string, count: number): string | undefined {
  const digits = text.normalize('NFKC').replaceAll(/[\s-]/g, '');
  return /^\d+$/.test(digits) && digits.length === count ? digits : undefined;
}
