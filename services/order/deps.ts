import type { Kysely, Transaction } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import type { Access } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import type { Publisher } from '#platform/publisher.ts';

import type { OrderFigures } from './figures.ts';
import type { HoldLimits } from './holds/limits.ts';
import type { PaymentProvider } from './payments/provider.ts';

/** The repositories write their SQL out, so there are no table types for the query builder. */
export type OrderDb = Kysely<Record<string, never>>;
export type Trx = Transaction<Record<string, never>>;

export interface OrderDeps {
  readonly region: Region;
  readonly db: OrderDb;
  readonly access: Access;
  readonly publisher: Pick<Publisher, 'afterCommit'>;
  readonly provider: PaymentProvider;
  /** The key of the provider's signatures. */
  readonly callbackSecret: () => Promise<string>;
  /** Lets what is overdue be looked after, in the background and not too often. */
  readonly nudge: () => void;
  /** What may wait for its payment at once. Left out, nothing is bounded. */
  readonly holds?: HoldLimits;
  /** Left out, nobody counts. */
  readonly figures?: OrderFigures;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}
