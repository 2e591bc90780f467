import { createHash } from 'node:crypto';

import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';

import type { IdempotentRequest } from './request.ts';

export const KEPT_HOURS = 24;

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const tableOf = (schema: string): RawBuilder<unknown> => sql.table(`${schema}.idempotency_key`);

/** Makes the table in which `withIdempotency` keeps the answers of a service, in its `schema`, for its database `role`. For a migration. */
export async function createIdempotencyTable<Tables>(db: Kysely<Tables>, schema: string, role: string): Promise<void> {
  await sql`
    CREATE TABLE ${tableOf(schema)} (
      scope text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      request_hash bytea NOT NULL,
      status int NOT NULL,
      headers jsonb NOT NULL,
      response jsonb,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (scope, key)
    )`.execute(db);
  await sql`CREATE INDEX idempotency_key_expires_at ON ${tableOf(schema)} (expires_at)`.execute(db);
  await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ${tableOf(schema)} TO ${sql.id(role)}`.execute(db);
}

/** Takes the key until the transaction ends; false where another transaction has it. */
export async function lockKey<Tables>(trx: Transaction<Tables>, { schema, scope, key }: IdempotentRequest): Promise<boolean> {
  const digest = createHash('sha256')
    .update(JSON.stringify(['idempotency', schema, scope, key]))
    .digest();
  const { rows } = await sql<{ is_taken: boolean }>`
    SELECT pg_try_advisory_xact_lock(${digest.readBigInt64BE().toString()}::int8) AS is_taken`.execute(trx);
  return rows[0]?.is_taken === true;
}

export async function findAnswer<Tables>(
  trx: Transaction<Tables>,
  { schema, scope, key }: IdempotentRequest,
): Promise<(StoredAnswer & { readonly requestHash: Buffer }) | undefined> {
  const { rows } = await sql<StoredAnswer & { requestHash: Buffer }>`
    SELECT request_hash AS "requestHash", status, headers, response AS body FROM ${tableOf(schema)}
    WHERE scope = ${scope} AND key = ${key} AND expires_at > now()`.execute(trx);
  return rows[0];
}

/** Keeps an answer for 24 hours, and removes some that are over. False where there is one already that this transaction did not see. */
export async function keepAnswer<Tables>(trx: Transaction<Tables>, request: IdempotentRequest, answer: StoredAnswer): Promise<boolean> {
  const table = tableOf(request.schema);
  const response = answer.body === undefined ? null : JSON.stringify(answer.body);
  const { rows } = await sql`
    INSERT INTO ${table} AS t (scope, key, request_hash, status, headers, response, expires_at)
    VALUES (${request.scope}, ${request.key}, ${request.requestHash}, ${answer.status}, ${JSON.stringify(answer.headers)}::jsonb, ${response}::jsonb,
      now() + make_interval(hours => ${KEPT_HOURS}))
    ON CONFLICT (scope, key) DO UPDATE SET
      request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers, response = excluded.response,
      created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE t.expires_at <= now()
    RETURNING 1`.execute(trx);
  await sql`
    DELETE FROM ${table} WHERE (scope, key) IN (
      SELECT scope, key FROM ${table} WHERE expires_at < now() ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED
    )`.execute(trx);
  return rows.length > 0;
}
