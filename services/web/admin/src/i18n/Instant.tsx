import { useLocale } from 'react-admin';
import { formatInstant } from './format.ts';

/** An instant in the reader's time zone and language; the exact one is kept for machines. */
export function Instant({ at, seconds = false }: { readonly at: string; readonly seconds?: boolean }) {
  return <time dateTime={at}>{formatInstant(at, useLocale(), seconds)}</time>;
}
