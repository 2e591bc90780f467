import { randomBytes } from 'node:crypto';

import { createLocalJWKSet } from 'jose';

import { accessFrom } from '#platform/access.ts';
import { systemClock } from '#platform/clock.ts';
import type { App } from '#platform/app.ts';
import type { Logger } from '#platform/log.ts';
import type { HttpParts } from '#platform/http.ts';
import type { Mail, Mailer } from '#platform/mail.ts';
import type { Sms, SmsSender } from '#platform/sms/sms.ts';

import { createOwnAccess } from '#auth/access/own-access.ts';
import { buildAuthApp } from '#auth/app.ts';
import type { AuthDeps } from '#auth/deps.ts';
import { publicKeysOf } from '#auth/jwks/keys.ts';
import { createOutgoing } from '#auth/messages/outgoing.ts';
import { ORIGIN, RP_ID } from '#auth/testing/authenticator.ts';
import { signingKey } from '#auth/testing/scene.ts';
import type { AuthTables } from '#auth/tables.ts';
import { buildCatalogApp } from '#catalog/app.ts';
import { buildInventoryApp } from '#inventory/app.ts';
import { buildNotificationApp } from '#notification/app.ts';
import { defaultLimits } from '#notification/deps.ts';
import { buildOrderApp } from '#order/app.ts';
import { openSandbox } from '#order/testing/sandbox.ts';
import { buildUserApp } from '#user/app.ts';
import { holders } from '#user/personal-data/holders.ts';
import { callerFor, collectFaults, type Call } from './http.ts';
import { openRegionDatabase, type RegionDatabase } from './region-database.ts';
import { makeTokens, type TestTokens } from './tokens.ts';

export interface EveryApp {
  readonly region: RegionDatabase;
  readonly services: ReadonlyMap<string, { readonly app: App; readonly call: Call }>;
  readonly mails: readonly Mail[];
  readonly texts: readonly Sms[];
  readonly tokenOf: TestTokens['tokenOf'];
  /** What vendors sign with. */
  readonly signingSecrets: { readonly mail: string; readonly payments: string };
  /** Answers that were not as declared. */
  readonly faults: () => readonly string[];
  close(): Promise<void>;
}

export interface EveryAppOptions {
  /** What the process gives to each of its services. */
  readonly http?: (service: string) => Promise<HttpParts>;
  /** Takes the mails, in place of the list. */
  readonly mailer?: Pick<Mailer, 'send'>;
  /** Takes the text messages, in place of the list. */
  readonly sms?: Pick<SmsSender, 'send'>;
  /** Whose access tokens are believed: the test's, of whatever account and role it likes, or those that auth gives who signs in. */
  readonly tokens?: 'test' | 'auth';
}

/** The six services on one region's database, as they stand side by side in production; mails and text messages end up in lists, pointers stay in the outbox. */
export async function openEveryApp(log: Logger, options: EveryAppOptions = {}): Promise<EveryApp> {
  const { http = async () => ({}), mailer, sms } = options;
  const region = await openRegionDatabase();
  const tokens = await makeTokens('world');
  const collected = collectFaults();
  const mails: Mail[] = [];
  const texts: Sms[] = [];
  const keys = { keys: [signingKey('one')] };
  const pepper = randomBytes(32);
  const authDatabase = await region.open<AuthTables>('auth');
  const secrets: AuthDeps['secrets'] = { signingKeys: async () => keys, isAdmin: async () => false, pepper: async () => pepper };
  const signed = options.tokens === 'auth';
  const access = signed ? accessFrom('world', createLocalJWKSet(publicKeysOf(keys))) : tokens.access;
  const ofRole = async (role: string, service = role) => {
    const database = await region.open<Record<string, never>>(role);
    return {
      region: 'world' as const,
      db: database.db,
      access,
      publisher: { afterCommit: async () => undefined },
      log,
      readiness: { draining: false, checks: { postgres: database.ping } },
      report: collected.report,
      http: await http(service),
    };
  };
  const most = 1_000_000;
  const sandbox = await openSandbox();
  const apps: Readonly<Record<string, App>> = {
    auth: await buildAuthApp({
      region: 'world',
      access: signed ? createOwnAccess({ region: 'world', secrets, db: authDatabase.db, staffSecondFactor: 'optional' }) : tokens.access,
      db: authDatabase.db,
      secrets,
      passkeys: { rpId: RP_ID, origins: [ORIGIN] },
      mailer: mailer ?? { send: async (mail) => void mails.push(mail) },
      sms: sms ?? { send: async (taken) => (texts.push(taken), { providerMessageId: null }) },
      outgoing: createOutgoing(most),
      http: await http('auth'),
      clock: systemClock,
      log,
      readiness: { draining: false, checks: {} },
      limits: {
        codesPerAddress: most,
        codesPerPhone: most,
        codesPerPhoneADay: most,
        textsPerClient: most,
        requestsPerClient: most,
        requestsPerDevice: most,
      },
      cookieSecure: true,
      staffSecondFactor: 'optional',
      report: collected.report,
    }),
    catalog: buildCatalogApp(await ofRole('catalog')),
    inventory: buildInventoryApp(await ofRole('inventory')),
    notification: buildNotificationApp({
      ...(await ofRole('notification')),
      mailer: mailer ?? {
        async send(mail) {
          mails.push(mail);
          return { providerMessageId: null };
        },
      },
      secrets: { digestKey: async () => pepper, webhookSecret: async () => pepper.toString('hex') },
      limits: defaultLimits,
    }),
    order: buildOrderApp({
      ...(await ofRole('orders', 'order')),
      provider: sandbox.provider,
      callbackSecret: async () => sandbox.callbackSecret,
      nudge: () => undefined,
    }),
    user: buildUserApp({ ...(await ofRole('users', 'user')), clock: systemClock, holders }),
  };
  return {
    region,
    services: new Map(Object.entries(apps).map(([name, app]) => [name, { app, call: callerFor(app, tokens) }])),
    mails,
    texts,
    tokenOf: tokens.tokenOf,
    signingSecrets: { mail: pepper.toString('hex'), payments: sandbox.callbackSecret },
    faults: collected.all,
    async close() {
      await Promise.all(Object.values(apps).map((app) => app.close()));
      await sandbox.close();
      await region.close();
      collected.assertNone();
    },
  };
}
