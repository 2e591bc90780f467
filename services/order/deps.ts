import type { Kysely, Transaction } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import { Role, type Access } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import type { Publisher } from '#platform/publisher.ts';

/** The repositories write their SQL out, so there are no table types for the query builder. */
export type OrderDb = Kysely<Record<string, never>>;
export type Trx = Transaction<Record<string, never>>;

export interface OrderDeps {
  readonly region: Region;
  readonly db: OrderDb;
  readonly access: Access;
  readonly publisher: Pick<Publisher, 'afterCommit'>;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}

/** Whoever has an account. */
export const signedIn: readonly Role[] = Role.anyOf.map((one) => one.const);
