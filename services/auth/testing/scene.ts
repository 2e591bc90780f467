import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { systemClock } from '#platform/clock.ts';
import type { Database } from '#platform/db.ts';
import type { App } from '#platform/app.ts';
import type { Mail } from '#platform/mail.ts';

import { collectFaults } from '../../testing/http.ts';
import { openRegionDatabase, type RegionDatabase, silentLog } from '../../testing/region-database.ts';
import { createOwnAccess } from '../access/own-access.ts';
import { buildAuthApp } from '../app.ts';
import type { AuthDeps } from '../deps.ts';
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

/** The auth service on a database of the test's own; mails end up in a list. */
export interface Scene {
  readonly app: App;
  readonly region: RegionDatabase;
  readonly database: Database<AuthTables>;
  readonly mails: Mail[];
  readonly staff: string[];
  /** While set, the mail server takes nothing. */
  readonly mailServer: { down: boolean };
  send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, options?: SendOptions): Promise<Answer>;
  post(url: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

/** A private Ed25519 key as the secret store holds it. */
export function signingKey(kid: string) {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kid, kty: 'OKP', crv: 'Ed25519', x: x ?? '', d: d ?? '' } as const;
}

export async function openScene(overrides: Partial<AuthDeps> = {}): Promise<Scene> {
  const region = await openRegionDatabase();
  const database = await region.open<AuthTables>('auth');
  const mails: Mail[] = [];
  const staff = ['ada@madeinworld.example'];
  const mailServer = { down: false };
  const keys = { keys: [signingKey('one'), signingKey('two')] };
  const pepper = randomBytes(32);
  const faults = collectFaults();
  const secrets: AuthDeps['secrets'] = {
    signingKeys: async () => keys,
    isAdmin: async (email) => staff.includes(email),
    pepper: async () => pepper,
  };
  const app = await buildAuthApp({
    region: 'world',
    db: database.db,
    secrets,
    access: createOwnAccess({ region: 'world', secrets, db: database.db }),
    mailer: {
      async send(mail) {
        if (mailServer.down) throw new Error('connection refused');
        mails.push(mail);
      },
    },
    clock: systemClock,
    log: silentLog,
    readiness: { draining: false, checks: {} },
    limits: { codesPerAddress: 3, requestsPerClient: 1_000 },
    cookieSecure: true,
    report: faults.report,
    ...overrides,
  });
  const send: Scene['send'] = async (method, url, { token, body, headers } = {}) => {
    const response = await app.inject({
      method,
      url,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: response.statusCode, headers: response.headers, body: response.body === '' ? undefined : response.json() };
  };
  return {
    app,
    region,
    database,
    mails,
    staff,
    mailServer,
    send,
    post: (url, body, headers = {}) => send('POST', url, { body, headers }),
    async close() {
      await app.close();
      await region.close();
      faults.assertNone();
    },
  };
}
