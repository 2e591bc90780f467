import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { idempotentRequestOf, type IdempotentRequest } from '#platform/idempotency/request.ts';
import { withIdempotency } from '#platform/idempotency/with-idempotency.ts';

import type { Trx } from './deps.ts';

/** Reads the key of a request that is to be done once. Keys are the owner's of `scope`. Throws AppError `idempotency_key_missing` or `invalid_request`. */
export const keyedRequestOf = (request: FastifyRequest, scope: string): IdempotentRequest =>
  idempotentRequestOf(request, { schema: 'orders', scope });

/**
 * Does `work` once for each key, in the caller's transaction. What is kept of it is what it answers: ids, and nothing of a person; answers are made of the rows as they
 * are. Throws what `withIdempotency` throws.
 */
export async function once<Schema extends TSchema>(
  trx: Trx,
  request: IdempotentRequest,
  schema: Schema,
  work: () => Promise<Static<Schema>>,
): Promise<{ readonly result: Static<Schema>; readonly isReplayed: boolean }> {
  const answer = await withIdempotency(trx, request, async () => ({ status: 201, body: await work() }));
  return { result: Value.Parse(schema, answer.body), isReplayed: answer.isReplayed };
}
