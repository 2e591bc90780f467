import type { Kysely } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import type { Access } from '#platform/access.ts';
import type { Clock } from '#platform/clock.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import type { Mailer } from '#platform/mail.ts';

import type { AuthSecrets } from './secrets.ts';
import type { AuthTables } from './tables.ts';

export interface AuthDeps {
  readonly region: Region;
  readonly db: Kysely<AuthTables>;
  readonly secrets: AuthSecrets;
  /** Reads the tokens of who calls; in a running service by the keys of `secrets`. */
  readonly access: Access;
  readonly mailer: Pick<Mailer, 'send'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  readonly limits: { readonly codesPerAddress: number; readonly requestsPerClient: number };
  readonly cookieSecure: boolean;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}
