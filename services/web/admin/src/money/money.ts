import type { Money } from '#contracts/values.ts';

/** The most that the API takes. */
const maxAmountMinor = 999_999_999_999;

/** How many digits a currency has after the point: 2 for GBP, 0 for JPY. Unknown codes have 2. */
export function minorDigits(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** The amount as a person writes it, without sign or grouping: `12.30`. Exact: no floating point is involved. */
export function toMajorText(money: Money): string {
  const digits = minorDigits(money.currency);
  const sign = money.amountMinor < 0 ? '-' : '';
  const text = String(Math.abs(money.amountMinor)).padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * Reads an amount that a person wrote: `12`, `12.3`, `12.30`, also in full-width characters (`１２．３０`, `12。3`). Anything else (grouping,
 * a comma, a sign, more digits than the currency has, more than the API takes) is no amount: a price is not guessed.
 */
export function parseMajorText(text: string, currency: string): Money | undefined {
  const plain = text.normalize('NFKC').replace('。', '.').trim();
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(plain);
  const whole = match?.[1];
  if (whole === undefined) return undefined;
  const fraction = match?.[2] ?? '';
  const digits = minorDigits(currency);
  if (fraction.length > digits) return undefined;
  const amountMinor = Number(whole + fraction.padEnd(digits, '0'));
  return amountMinor > maxAmountMinor ? undefined : { amountMinor, currency };
}

/** The amount for reading, in the language's way: `£12.30`. */
export function formatMoney(money: Money, locale: string): string {
  const amount = toMajorText(money);
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency }).format(Number(amount));
  } catch {
    return `${amount} ${money.currency}`;
  }
}
