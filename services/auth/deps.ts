import type { Kysely } from 'kysely';

import type { Region } from '#contracts/regions.ts';
import type { Access } from '#platform/access.ts';
import type { Clock } from '#platform/clock.ts';
import type { Readiness } from '#platform/health.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import type { Mail } from '#platform/mail.ts';
import type { SmsSender } from '#platform/sms/sms.ts';

import type { Outgoing } from './messages/outgoing.ts';
import type { RelyingParty } from './passkeys/webauthn.ts';
import type { AuthSecrets } from './secrets.ts';
import type { AuthTables } from './tables.ts';

/** How often in ten minutes, where nothing else is said. */
export interface Limits {
  /** Codes to one mailbox: for all devices that nobody knows together, and for each that has signed in there, to a bound. */
  readonly codesPerAddress: number;
  /** The same of text messages to one number; they cost money. */
  readonly codesPerPhone: number;
  /** To one number in a day: for all devices that nobody knows together, and for all that have signed in there. */
  readonly codesPerPhoneADay: number;
  /** Text messages that one client address may have sent, to whatever numbers: strangers earn by them. */
  readonly textsPerClient: number;
  /** Requests from one client address, and from one device that says which it is; codes, exchanges and passkeys each. */
  readonly requestsPerClient: number;
  readonly requestsPerDevice: number;
}

export interface AuthDeps {
  readonly region: Region;
  readonly db: Kysely<AuthTables>;
  readonly secrets: AuthSecrets;
  /** Reads the tokens of who calls; in a running service by the keys of `secrets`. */
  readonly access: Access;
  readonly mailer: { send(mail: Mail, signal?: AbortSignal): Promise<unknown> };
  /** Absent where no text messages are sent from here. */
  readonly sms?: Pick<SmsSender, 'send'> | undefined;
  readonly outgoing: Outgoing;
  readonly clock: Clock;
  readonly log: Logger;
  readonly readiness: Readiness;
  readonly http?: HttpParts;
  readonly limits: Limits;
  readonly cookieSecure: boolean;
  /** Whether a role of staff counts without a second factor. */
  readonly staffSecondFactor: 'required' | 'optional';
  /** Absent where passkeys are not set up. */
  readonly passkeys?: RelyingParty;
  /** Is told what a route answers otherwise than declared. */
  readonly report?: (fault: string) => void;
}
