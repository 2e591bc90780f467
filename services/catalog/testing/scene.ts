import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { ACCESS_TOKEN_TYPE, accessFrom, TOKEN_AUDIENCE, tokenIssuerOf, type Role } from '#platform/access.ts';
import type { Database } from '#platform/db.ts';
import type { App } from '#platform/app.ts';

import { openRegionDatabase, silentLog } from '../../testing/region-database.ts';
import { buildCatalogApp } from '../app.ts';

/** The body of an answer, which must be what the contract says. */
export function bodyOf<Schema extends TSchema>(schema: Schema, answer: Answer): Static<Schema> {
  if (!Value.Check(schema, answer.body)) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** The catalogue service on a database of the test's own, with tokens signed by keys of the test's own. */
export interface Scene {
  readonly app: App;
  readonly database: Database<Record<string, never>>;
  /** How often a write was published. */
  readonly published: () => number;
  /** A request as nobody, or with the token of a role. */
  call(method: Method, url: string, options?: { as?: Role; body?: unknown; ifMatch?: string }): Promise<Answer>;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const region = await openRegionDatabase();
  const database = await region.open<Record<string, never>>('catalog');
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' }] });
  let published = 0;
  const app = buildCatalogApp({
    db: database.db,
    access: accessFrom('world', keys),
    publisher: {
      async afterCommit() {
        published += 1;
      },
    },
    log: silentLog,
    readiness: { draining: false, checks: { postgres: database.ping } },
  });
  const tokenOf = (role: Role): Promise<string> =>
    new SignJWT({ role })
      .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
      .setIssuer(tokenIssuerOf('world'))
      .setAudience(TOKEN_AUDIENCE)
      .setSubject('someone')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  return {
    app,
    database,
    published: () => published,
    async call(method, url, { as, body, ifMatch } = {}) {
      const response = await app.inject({
        method,
        url,
        headers: {
          ...(as === undefined ? {} : { authorization: `Bearer ${await tokenOf(as)}` }),
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      return { status: response.statusCode, headers: response.headers, body: response.body === '' ? undefined : response.json() };
    },
    async close() {
      await app.close();
      await region.close();
    },
  };
}
