/** Arithmetic of whole minor units. Pure. */

/** The largest amount that `Money` holds. A sum of up to a thousand of these is still exact as a number. */
export const MOST_MINOR = 999_999_999_999;

/**
 * `amountMinor * numerator / denominator`, rounded to the nearest whole number and a half upwards. All three are whole and not negative, the denominator is not
 * zero. The product is taken as a bigint, since it passes 2^53. Throws RangeError for anything else.
 */
export function shareOf(amountMinor: number, numerator: number, denominator: number): number {
  if (amountMinor < 0 || numerator < 0 || denominator <= 0) throw new RangeError('a share is of amounts that are not negative');
  const twice = 2n * BigInt(amountMinor) * BigInt(numerator);
  const below = BigInt(denominator);
  return Number((twice + below) / (2n * below));
}

export function sumOf(amountsMinor: readonly number[]): number {
  return amountsMinor.reduce((sum, amountMinor) => sum + amountMinor, 0);
}
