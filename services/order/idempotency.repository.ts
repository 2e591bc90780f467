import { createHash } from 'node:crypto';

import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { Trx } from './deps.ts';

export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || !/^[!-~]{1,200}$/.test(key)) throw new AppError('idempotency_key_missing');
  return key;
}

export const requestHashOf = (request: unknown): string => createHash('sha256').update(JSON.stringify(request)).digest('hex');

export async function withIdempotency<Result>(
  trx: Trx,
  { scope, key, requestHash }: { scope: string; key: string; requestHash: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const lock = await sql<{ ok: boolean }>`SELECT pg_try_advisory_xact_lock(hashtextextended(${`${scope} ${key}`}, 7)) AS ok`.execute(trx);
  if (lock.rows[0]?.ok !== true) throw new AppError('request_in_flight');
  const found = await sql<{ request_hash: string; result: Result }>`
    SELECT request_hash, result FROM orders.idempotency WHERE scope = ${scope} AND key = ${key}`.execute(trx);
  const row = found.rows[0];
  if (row !== undefined) {
    if (row.request_hash !== requestHash) throw new AppError('idempotency_key_reused');
    return row.result;
  }
  const result = await work();
  await sql`INSERT INTO orders.idempotency (scope, key, request_hash, result) VALUES (${scope}, ${key}, ${requestHash}, ${JSON.stringify(result)}::jsonb)`.execute(
    trx,
  );
  return result;
}
