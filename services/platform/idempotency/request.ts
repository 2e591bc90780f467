import { createHash } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { AppError } from '../errors.ts';

/** A request that may come several times and is to be done once. */
export interface IdempotentRequest {
  /** The database schema of the service that does it, which keeps the answer. */
  readonly schema: string;
  /** Whose key it is: the caller's account. Of what is a secret (a cart's token) its digest. */
  readonly scope: string;
  readonly key: string;
  readonly requestHash: Buffer;
}

const KEY = /^[\x21-\x7e]{1,255}$/;
/** RFC 9651, section 3.3.3: backslashes stand before quotes and backslashes alone. */
const QUOTED = /^"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"$/;

/**
 * Reads what `withIdempotency` has to know of a request that has the header Idempotency-Key: 1 to 255 visible ASCII characters, as they are or as the structured string
 * of draft-ietf-httpapi-idempotency-key-header. Throws AppError `idempotency_key_missing`, and `invalid_request` for what is no key.
 */
export function idempotentRequestOf(
  request: FastifyRequest,
  owner: { readonly schema: string; readonly scope: string },
): IdempotentRequest {
  return { ...owner, key: keyOf(request.headers['idempotency-key']), requestHash: requestHashOf(request) };
}

function keyOf(header: string | string[] | undefined): string {
  if (header === undefined || header === '') throw new AppError('idempotency_key_missing');
  const text = typeof header === 'string' ? header : header.join(', ');
  const key = text.startsWith('"') ? (QUOTED.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : '') : text;
  if (KEY.test(key)) return key;
  throw new AppError('invalid_request', { errors: [{ field: 'idempotency-key', message: 'is not 1 to 255 visible ASCII characters' }] });
}

/** The same for requests that ask for the same: method, path with query, and the body as JSON, however its members are ordered and spaced. */
export function requestHashOf(request: Pick<FastifyRequest, 'method' | 'url' | 'body'>): Buffer {
  return createHash('sha256')
    .update(canonicalJson([request.method, request.url, request.body]))
    .digest();
}

/** JSON with the members of every object in one order, whichever they came in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}
