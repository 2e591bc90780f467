import type { Sale } from '#contracts/sale.ts';
import { AppError } from '#platform/errors.ts';

import { faultOf } from './instants.ts';

/** What a schema cannot say of a request. Throws AppError `invalid_request`. */
export function requireSound(sales: readonly Sale[]): void {
  const isTwice = (values: readonly string[]): boolean => new Set(values).size < values.length;
  const once = 'must each be there once';
  const wrong: [field: string, message: string, isSo: boolean][] = [
    ['sales', once, isTwice(sales.map(({ reference }) => reference))],
    ['lines', once, sales.some(({ lines }) => isTwice(lines.map(({ productId }) => productId)))],
  ];
  const nowMs = Date.now();
  const faults = new Set(sales.flatMap(({ soldAt }) => faultOf(soldAt, nowMs) ?? []));
  const errors = [
    ...wrong.filter(([, , isSo]) => isSo).map(([field, message]) => ({ field, message })),
    ...[...faults].map((message) => ({ field: 'soldAt', message })),
  ];
  if (errors.length > 0) throw new AppError('invalid_request', { errors });
}
