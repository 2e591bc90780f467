import type { Kysely } from 'kysely';

import type { Access } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';

/** The repositories write their SQL out, so there are no table types for the query builder. */
export type NotificationDb = Kysely<Record<string, never>>;

export interface NotificationDeps {
  readonly db: NotificationDb;
  readonly access: Access;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}
