import type { Kysely, Transaction } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import { Role, type Access } from '#platform/access.ts';
import type { Clock } from '#platform/clock.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import type { Publisher } from '#platform/publisher.ts';
import type { RouteAccess } from '#platform/routes/operation.ts';

import type { Holder } from './personal-data/holders.ts';

/** The repositories write their SQL out, so there are no table types for the query builder. */
type NoTables = Record<string, never>;
export type UserDb = Kysely<NoTables>;
export type UserTransaction = Transaction<NoTables>;

export interface UserDeps {
  readonly region: Region;
  readonly db: UserDb;
  readonly access: Access;
  readonly clock: Clock;
  /** Who holds something of people besides this service, and this service too. */
  readonly holders: readonly Holder[];
  readonly publisher: Pick<Publisher, 'afterCommit'>;
  /** Looks after what the other region has asked for, when somebody was served. */
  readonly nudge?: () => void;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}

const everyRole: readonly Role[] = Role.anyOf.map((one) => one.const);
/** Whoever is signed in, and of everything what is their own. */
export const ownAlone: RouteAccess = { roles: everyRole, own: everyRole };
/** Who may look at what people say of themselves. */
export const supportRoles: readonly Role[] = ['support', 'admin'];
