import { createHash, randomUUID } from 'node:crypto';

import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';

import type { IdempotentRequest } from './request.ts';

const KEPT_SECONDS = 24 * 3600;

/** The status of a key whose request is being done: it has no answer yet (RFC 2518, section 10.1). */
export const CLAIMED = 102;
/** Longer than mail servers and vendors may take; who dies meanwhile leaves a key that is new after it. */
const CLAIM_SECONDS = 120;

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
export const keepAnswer = <Tables>(trx: Transaction<Tables>, request: IdempotentRequest, answer: StoredAnswer): Promise<boolean> =>
  keep(trx, request, answer, KEPT_SECONDS);

/** Who has claimed a key: whoever claims it after that one's time is over has another, and neither touches what is the other's. */
export type ClaimId = string;

/** Says that the request is being done, for a while. Undefined where there is an answer or a claim already that this transaction did not see. */
export async function keepClaim<Tables>(trx: Transaction<Tables>, request: IdempotentRequest): Promise<ClaimId | undefined> {
  const claimId = randomUUID();
  // Until there is an answer, what stands in its place is whose claim it is.
  const isKept = await keep(trx, request, { status: CLAIMED, headers: {}, body: claimId }, CLAIM_SECONDS);
  return isKept ? claimId : undefined;
}

/** Puts the answer in the place of the claim, unless that is somebody else's by now. */
export async function settleClaim<Tables>(
  db: Kysely<Tables>,
  request: IdempotentRequest,
  claimId: ClaimId,
  answer: StoredAnswer,
): Promise<void> {
  await sql`
    UPDATE ${tableOf(request.schema)} SET status = ${answer.status}, headers = ${JSON.stringify(answer.headers)}::jsonb,
      response = ${responseOf(answer)}::jsonb, expires_at = now() + make_interval(secs => ${KEPT_SECONDS})
    WHERE ${isClaim(request, claimId)}`.execute(db);
}

/** Ends a claim without an answer: the key is new, unless it is somebody else's by now. */
export async function dropClaim<Tables>(db: Kysely<Tables>, request: IdempotentRequest, claimId: ClaimId): Promise<void> {
  await sql`DELETE FROM ${tableOf(request.schema)} WHERE ${isClaim(request, claimId)}`.execute(db);
}

const isClaim = ({ scope, key }: IdempotentRequest, claimId: ClaimId): RawBuilder<unknown> =>
  sql`scope = ${scope} AND key = ${key} AND status = ${CLAIMED} AND response = to_jsonb(${claimId}::text)`;

const responseOf = ({ body }: StoredAnswer): string | null => (body === undefined ? null : JSON.stringify(body));

async function keep<Tables>(trx: Transaction<Tables>, request: IdempotentRequest, answer: StoredAnswer, seconds: number): Promise<boolean> {
  const table = tableOf(request.schema);
  const { rows } = await sql`
    INSERT INTO ${table} AS t (scope, key, request_hash, status, headers, response, expires_at)
    VALUES (${request.scope}, ${request.key}, ${request.requestHash}, ${answer.status}, ${JSON.stringify(answer.headers)}::jsonb, ${responseOf(answer)}::jsonb,
      now() + make_interval(secs => ${seconds}))
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
