import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';

import { peerOf, type Region } from '#contracts/regions.ts';
import { createPolicies, entityPolicies } from '#contracts/sync-policy.ts';
import { ACCESS_TOKEN_TYPE, accessFrom, TOKEN_AUDIENCE, tokenIssuerOf, type Role } from '#platform/access.ts';
import type { App } from '#platform/app.ts';
import { systemClock } from '#platform/clock.ts';
import { createHttpApp } from '#platform/http.ts';

import { registerOperate } from '../operate/routes.ts';
import { log } from './border.ts';
import type { TestRegion } from './regions.ts';

export interface OperatorAnswer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** A region's operators' API with tokens signed by keys of the test's own. */
export interface Operators {
  readonly app: App;
  readonly poked: () => number;
  readonly published: () => number;
  tokenOf(role: Role, options?: { region?: Region; expires?: string }): Promise<string>;
  /** A request as nobody, or with the token of a role. */
  call(method: 'GET' | 'POST', url: string, as?: Role, body?: unknown): Promise<OperatorAnswer>;
}

export const ACTOR = '0198c0de-0000-7000-8000-00000000ada0';

export async function openOperators(region: TestRegion): Promise<Operators> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' }] });
  const app = createHttpApp({ name: 'sync-worker', routes: 'undeclared', log, readiness: { draining: false, checks: {} } });
  let poked = 0;
  let published = 0;
  registerOperate(app, {
    pool: region.sync,
    policies: createPolicies(entityPolicies),
    log,
    region: region.region,
    peer: peerOf(region.region),
    access: accessFrom(region.region, keys),
    poke: () => (poked += 1),
    publish: async () => void (published += 1),
    clock: systemClock,
    backlog: { queued: async () => 3, oldestWriteMs: () => null },
    reconciler: {
      startReconcile: async (options) => {
        if (options?.entity === 'catalog.nothing') throw new Error('there is no such entity');
        return '7';
      },
      resume: async (id) => id === '7',
      cancel: async (id) => id === '7',
      runs: async () => [],
      findings: async () => [{ entity: 'catalog.product', key: 'k', kind: 'ours' }],
    },
  });
  await app.ready();
  const tokenOf: Operators['tokenOf'] = (role, options = {}) =>
    new SignJWT({ role })
      .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
      .setIssuer(tokenIssuerOf(options.region ?? region.region))
      .setAudience(TOKEN_AUDIENCE)
      .setSubject(ACTOR)
      .setIssuedAt()
      .setExpirationTime(options.expires ?? '5m')
      .sign(privateKey);
  return {
    app,
    poked: () => poked,
    published: () => published,
    tokenOf,
    async call(method, url, as, body) {
      const response = await app.inject({
        method,
        url,
        headers: {
          ...(as === undefined ? {} : { authorization: `Bearer ${await tokenOf(as)}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      return { status: response.statusCode, body: response.body === '' ? undefined : response.json() };
    },
  };
}
