import type { Kysely } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import type { Access, Role } from '#platform/access.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import type { Mailer } from '#platform/mail.ts';
import type { SmsSender } from '#platform/sms/sms.ts';

import type { NotificationSecrets } from './secrets.ts';

/** The repositories write their SQL out, so there are no table types for the query builder. */
export type NotificationDb = Kysely<Record<string, never>>;

/** What sending a notice takes. */
export interface SendDeps {
  readonly region: Region;
  readonly db: NotificationDb;
  readonly mailer: Pick<Mailer, 'send'>;
  /** Without it nobody is told by text message. */
  readonly sms?: Pick<SmsSender, 'send'> | undefined;
  readonly secrets: NotificationSecrets;
  readonly log: Logger;
  readonly limits: SendLimits;
  /** Counts what became of a notice. */
  readonly count?: (template: string, state: string) => void;
}

export interface SendLimits {
  /** What one message may take in all, the wait for a connection included: a mail server that hangs must not hold up what comes after. */
  readonly deadlineMs: number;
  /** How long a notice that is being sent belongs to its sender. Well above the deadline, or it is sent twice. */
  readonly leaseMs: number;
  /** The wait after the first failure; each further one doubles it. */
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
}

export const defaultLimits: SendLimits = { deadlineMs: 10_000, leaseMs: 120_000, retryBaseMs: 15_000, retryCapMs: 3_600_000 };

export interface NotificationDeps extends SendDeps {
  readonly access: Access;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}

export const readers: readonly Role[] = ['support', 'admin'];
export const administrators: readonly Role[] = ['admin'];
