import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';

import { Kysely, PostgresDialect } from 'kysely';

import { systemClock } from '#platform/clock.ts';
import type { Database } from '#platform/db.ts';
import type { App } from '#platform/app.ts';
import type { Mail } from '#platform/mail.ts';
import type { Sms, SmsNotTaken } from '#platform/sms/sms.ts';

import { collectFaults } from '../../testing/http.ts';
import { openRegionDatabase, type RegionDatabase, silentLog } from '../../testing/region-database.ts';
import { createOwnAccess } from '../access/own-access.ts';
import { buildAuthApp } from '../app.ts';
import type { AuthDeps, Limits } from '../deps.ts';
import { createOutgoing } from '../messages/outgoing.ts';
import type { AuthTables } from '../tables.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  readonly body: unknown;
}

export interface SendOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The auth service on a database of the test's own; mails and text messages end up in lists. */
export interface Scene {
  readonly app: App;
  /** What the app is made of: another process on the same database is made of it too. */
  readonly deps: AuthDeps;
  readonly region: RegionDatabase;
  readonly database: Database<AuthTables>;
  /** What the service has sent to the database, in order. */
  readonly statements: string[];
  readonly mails: Mail[];
  readonly texts: Sms[];
  readonly staff: string[];
  /** While set, the mail server takes nothing. */
  readonly mailServer: { down: boolean };
  /** While set, the vendor of text messages takes nothing, and says this. */
  readonly smsVendor: { refuses: SmsNotTaken | Error | undefined };
  send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, options?: SendOptions): Promise<Answer>;
  post(url: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

/** A private Ed25519 key as the secret store holds it. */
export function signingKey(kid: string) {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kid, kty: 'OKP', crv: 'Ed25519', x: x ?? '', d: d ?? '' } as const;
}

export type SceneOptions = Partial<Omit<AuthDeps, 'limits'>> & { readonly limits?: Partial<Limits> };

export async function openScene({ limits, ...overrides }: SceneOptions = {}): Promise<Scene> {
  const region = await openRegionDatabase();
  const database = await region.open<AuthTables>('auth');
  const statements: string[] = [];
  const db = new Kysely<AuthTables>({
    dialect: new PostgresDialect({ pool: database.pool }),
    log: ({ query }) => void statements.push(query.sql),
  });
  const mails: Mail[] = [];
  const staff = ['ada@madeinworld.example'];
  const texts: Sms[] = [];
  const mailServer = { down: false };
  const smsVendor: Scene['smsVendor'] = { refuses: undefined };
  const keys = { keys: [signingKey('one'), signingKey('two')] };
  const pepper = randomBytes(32);
  const faults = collectFaults();
  const secrets: AuthDeps['secrets'] = {
    signingKeys: async () => keys,
    isAdmin: async (email) => staff.includes(email),
    pepper: async () => pepper,
  };
  const { staffSecondFactor = 'optional' } = overrides;
  const deps: AuthDeps = {
    region: 'world',
    db,
    secrets,
    access: createOwnAccess({ region: 'world', secrets, db, staffSecondFactor }),
    mailer: {
      async send(mail) {
        if (mailServer.down) throw new Error('connection refused');
        mails.push(mail);
      },
    },
    sms: {
      async send(sms) {
        if (smsVendor.refuses !== undefined) throw smsVendor.refuses;
        texts.push(sms);
        return { providerMessageId: null };
      },
    },
    outgoing: createOutgoing(200),
    clock: systemClock,
    log: silentLog,
    readiness: { draining: false, checks: {} },
    limits: {
      codesPerAddress: 3,
      codesPerPhone: 3,
      codesPerPhoneADay: 5,
      textsPerClient: 100_000,
      requestsPerClient: 100_000,
      requestsPerDevice: 100_000,
      ...limits,
    },
    cookieSecure: true,
    staffSecondFactor,
    report: faults.report,
    ...overrides,
  };
  const app = await buildAuthApp(deps);
  const send: Scene['send'] = async (method, url, { token, body, headers } = {}) => {
    const response = await app.inject({
      method,
      url,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        // Of its own for each request, unless a test says another.
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: response.statusCode, headers: response.headers, body: response.body === '' ? undefined : response.json() };
  };
  return {
    app,
    deps,
    region,
    database,
    statements,
    mails,
    texts,
    staff,
    mailServer,
    smsVendor,
    send,
    post: (url, body, headers = {}) => send('POST', url, { body, headers }),
    async close() {
      await app.close();
      await region.close();
      faults.assertNone();
    },
  };
}
