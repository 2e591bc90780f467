import { useLocale } from 'react-admin';
import { formattingLocale } from '../i18n/format.ts';
import type { Money } from '#contracts/values.ts';
import { formatMoney } from './money.ts';

/** An amount of money in the reader's language. */
export function Amount({ money }: { readonly money: Money }) {
  return <span>{formatMoney(money, formattingLocale(useLocale()))}</span>;
}
