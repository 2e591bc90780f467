import type { Kysely } from 'kysely';

import type { Access, Role } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import type { Publisher } from '#platform/publisher.ts';

/** The repositories write their SQL out, so there are no table types for the query builder. */
export type CatalogDb = Kysely<Record<string, never>>;

export interface CatalogDeps {
  readonly db: CatalogDb;
  readonly access: Access;
  readonly publisher: Pick<Publisher, 'afterCommit'>;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}

/** Who may change the catalogue, and see what staff alone may see. */
export const staffRoles: readonly Role[] = ['catalogue', 'admin'];
