import type { Static, TSchema } from 'typebox';

import type { ClientOperation, Input } from '#client/operation.ts';
import type { catalogOperations } from '#client/operations/catalog.ts';

import { apiUrl, type Region } from './target.ts';

/**
 * The operations of the typed client, as types alone: k6 loads nothing of them, and what this says otherwise than the services does not compile.
 */
type Operations = typeof catalogOperations;
type Id = keyof Operations;
type Query<Operation extends ClientOperation> = Operation extends { readonly query: infer Schema extends TSchema } ? Static<Schema> : never;

/** The address of `operation` in `region`. */
export function urlOf<Name extends Id>(
  region: Region,
  path: Operations[Name]['path'],
  more: { readonly id?: string; readonly query?: Query<Operations[Name]> } = {},
): string {
  const query = Object.entries<unknown>(more.query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return `${apiUrl(region)}${path.replace(':id', more.id ?? '')}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** The text of a body that `operation` takes. */
export const bodyOf = <Name extends Id>(body: Input<Operations[Name]> extends { readonly body: infer Body } ? Body : never): string =>
  JSON.stringify(body);
