import type { FastifyRequest } from 'fastify';

import type { StockChanged } from '#contracts/inventory.ts';
import { commitAndPublish } from '#platform/entity/writes.ts';
import { AppError, codeOf } from '#platform/errors.ts';
import { idempotentRequestOf } from '#platform/idempotency/request.ts';
import { type IdempotentAnswer, withIdempotency } from '#platform/idempotency/with-idempotency.ts';
import { callerOf } from '#platform/routes/enforce.ts';

import type { InventoryDb, InventoryDeps } from '../deps.ts';

const NUMERIC_VALUE_OUT_OF_RANGE = '22003';

/**
 * Does a change of stock by the caller once for each Idempotency-Key, in one transaction, and publishes what it makes of availability. Throws AppError
 * `invalid_request` where there would be more than a number holds, and what `withIdempotency` throws.
 */
export async function changeStock(
  deps: InventoryDeps,
  request: FastifyRequest,
  work: (trx: InventoryDb, actor: string) => Promise<StockChanged>,
): Promise<IdempotentAnswer> {
  const { accountId } = callerOf(request);
  const keyed = idempotentRequestOf(request, { schema: 'inventory', scope: accountId });
  return commitAndPublish(deps, request, () =>
    deps.db
      .transaction()
      .execute((trx) => withIdempotency(trx, keyed, async () => ({ status: 201, body: await work(trx, accountId) })))
      .catch((error: unknown) => {
        if (codeOf(error) !== NUMERIC_VALUE_OUT_OF_RANGE) throw error;
        throw new AppError('invalid_request', { detail: 'There would be more in stock than can be counted.', cause: error });
      }),
  );
}
