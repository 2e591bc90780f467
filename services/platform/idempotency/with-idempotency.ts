import type { FastifyReply } from 'fastify';
import type { Kysely, Transaction } from 'kysely';

import { AppError } from '../errors.ts';
import {
  CLAIMED,
  dropClaim,
  findAnswer,
  keepAnswer,
  keepClaim,
  lockKey,
  settleClaim,
  type StoredAnswer,
} from './idempotency.repository.ts';
import type { IdempotentRequest } from './request.ts';

/** What a request is answered; `body` is what JSON can hold, undefined where there is none. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer, and whether it is an earlier one's. */
export type IdempotentAnswer = StoredAnswer & { readonly isReplayed: boolean };

/**
 * Does `work` once for each key: inside the caller's transaction, with which work, key and answer come to be or none of them. The same request under the same key is
 * answered as before, for 24 hours. What `work` throws is thrown, and nothing is kept. Throws AppError `idempotency_key_reused` for another request
 * under this key, and `request_in_flight` (with Retry-After) while another transaction does this one: nobody waits for it.
 */
export async function withIdempotency<Tables>(
  trx: Transaction<Tables>,
  request: IdempotentRequest,
  work: () => Promise<Answer>,
): Promise<IdempotentAnswer> {
  const known = await lookUp(trx, request);
  if (known !== undefined) return known;
  const answer = storedOf(await work());
  // A transaction that looks at an old snapshot may have missed it: then its work must not stay either.
  if (!(await keepAnswer(trx, request, answer))) throw inFlight();
  return { ...answer, isReplayed: false };
}

/**
 * The same for work that no transaction can take back, such as a message that is sent: the key is claimed first, and has the answer when the work is done. Who comes
 * meanwhile is told `request_in_flight`. Where `work` throws the key is new again; where the process dies or the work lasts longer, two minutes later, so that it may be done
 * twice then. Who has outlived its claim leaves alone what the next one has under the key.
 */
export async function withClaim<Tables>(
  db: Kysely<Tables>,
  request: IdempotentRequest,
  work: () => Promise<Answer>,
): Promise<IdempotentAnswer> {
  const claimed = await db.transaction().execute(async (trx) => {
    const known = await lookUp(trx, request);
    if (known !== undefined) return { known };
    const claimId = await keepClaim(trx, request);
    if (claimId === undefined) throw inFlight();
    return { claimId };
  });
  if (claimed.known !== undefined) return claimed.known;
  const { claimId } = claimed;
  const answer = await work().then(storedOf, async (error: unknown) => {
    // Why the work failed is what counts; a claim ends by itself.
    await dropClaim(db, request, claimId).catch(() => undefined);
    throw error;
  });
  await settleClaim(db, request, claimId, answer);
  return { ...answer, isReplayed: false };
}

/** The earlier answer under the key, which is the transaction's where there is none. */
async function lookUp<Tables>(trx: Transaction<Tables>, request: IdempotentRequest): Promise<IdempotentAnswer | undefined> {
  const isOurs = await lockKey(trx, request);
  // By a statement of its own: one that began before the lock was there would not see what its last holder has committed.
  const known = await findAnswer(trx, request);
  if (known !== undefined) {
    const { requestHash, ...answer } = known;
    if (!requestHash.equals(request.requestHash)) throw new AppError('idempotency_key_reused');
    if (answer.status === CLAIMED) throw inFlight();
    return { ...answer, isReplayed: true };
  }
  if (!isOurs) throw inFlight();
  return undefined;
}

const storedOf = ({ status, headers = {}, body }: Answer): StoredAnswer => ({ status, headers, body });

/** Sends an answer, with `Idempotency-Replayed: true` where it is an earlier one's. */
export function sendIdempotent(reply: FastifyReply, { status, headers, body, isReplayed }: IdempotentAnswer): FastifyReply {
  reply.code(status).headers({ ...headers });
  if (isReplayed) reply.header('idempotency-replayed', 'true');
  return reply.send(body ?? undefined);
}

const inFlight = (): AppError => new AppError('request_in_flight', { headers: { 'retry-after': '1' } });
