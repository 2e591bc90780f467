import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import pg from 'pg';

import { openTripwire, type Tripwire } from '#chaos/kill/tripwire.ts';
import { start, type Running } from '#chaos/kill/process.ts';
import { ACCESS_TOKEN_TYPE, TOKEN_AUDIENCE, tokenIssuerOf, type Role } from '#platform/access.ts';
import { testPasswords } from '#sim/checks/pg-database.ts';

import { standInCredentials } from '../../../testing/stand-in.ts';
import { openRegionDatabase } from '../../../testing/region-database.ts';
import { providerSecretName } from '../../payments/wire.ts';
import { openSandbox, type TestSandbox } from '../../testing/sandbox.ts';

/** The order service as the process that it is in production, on real PostgreSQL, SQS and the payment sandbox; two of its wires can be tripped over. */
export interface Plant {
  readonly wires: { readonly database: Tripwire; readonly payments: Tripwire };
  readonly inspect: pg.Pool;
  readonly sandbox: TestSandbox;
  /** A request to the service as it runs now; undefined where no answer comes. */
  request(method: string, path: string, options?: RequestOptions): Promise<{ readonly status: number; readonly body: unknown } | undefined>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly as?: { readonly role: Role; readonly accountId: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const addressOf = (url: string): string => new URL(url).host;

/** Stands in for the region's auth service: it publishes the key with which the test's tokens are signed. */
async function openAuth() {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    close: () => void server.close(),
    tokenOf: (role: Role, accountId: string) =>
      new SignJWT({ role })
        .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
        .setIssuer(tokenIssuerOf('world'))
        .setAudience(TOKEN_AUDIENCE)
        .setSubject(accountId)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
  };
}

export async function openPlant(): Promise<Plant> {
  const closers: (() => unknown)[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-order-kill-'));
  await chmod(folder, 0o711);
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const region = await openRegionDatabase();
  closers.push(() => region.close());
  const inspect = new pg.Pool({ connectionString: region.urls.url, max: 2 });
  closers.push(() => inspect.end());
  const [auth, sandbox] = [await openAuth(), await openSandbox()];
  closers.push(auth.close, () => sandbox.close());

  const secretsFile = join(folder, 'secrets.json');
  const secrets = {
    'madeinworld/database/orders': JSON.stringify({ username: 'orders', password: testPasswords.orders }),
    [providerSecretName]: JSON.stringify({ apiKey: sandbox.apiKey, callbackSecret: sandbox.callbackSecret }),
  };
  await writeFile(secretsFile, JSON.stringify({ __credentials: standInCredentials, ...secrets }), { mode: 0o600 });
  const queues = ['--queue', 'madeinworld-sync', '--queue', 'madeinworld-events'];
  const cloud = await start('sim/standins/world-cloud/main.ts', ['--secrets-file', secretsFile, '--sweep-interval', '0', ...queues], {});
  closers.push(() => cloud.stop());

  const wires = { database: await openTripwire(addressOf(region.urls.url)), payments: await openTripwire(addressOf(sandbox.url)) };
  closers.push(() => Promise.all(Object.values(wires).map((wire) => wire.close())));
  const secretsUrl = cloud.urlOf('world:secrets');
  const environment = {
    REGION: 'world',
    SERVICES: 'order',
    LOG_LEVEL: 'info',
    DATABASE_URL: `postgres://127.0.0.1:${wires.database.port}${new URL(region.urls.url).pathname}`,
    AUTH_URL: auth.url,
    PAYMENT_URL: `http://127.0.0.1:${wires.payments.port}`,
    QUEUE_NAME: 'madeinworld-sync',
    EVENT_QUEUE_NAME: 'madeinworld-events',
    QUEUE_PROVIDER: 'sqs',
    SECRETS_PROVIDER: 'aws',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_SQS: cloud.urlOf('world:queue'),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${secretsUrl}/credentials`,
  };
  const run = (): Promise<Running> => start('services/main.ts', [], environment);
  let service = await run();
  closers.push(() => service.stop());

  return {
    wires,
    inspect,
    sandbox,
    async request(method, path, { as, headers, body } = {}) {
      const authorization = as === undefined ? {} : { authorization: `Bearer ${await auth.tokenOf(as.role, as.accountId)}` };
      const response = await fetch(`${service.urlOf('order')}${path}`, {
        method,
        headers: { ...authorization, ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch(() => undefined);
      return response && { status: response.status, body: response.status === 204 ? undefined : await response.json() };
    },
    async kill() {
      service.kill('SIGKILL');
      await service.ended;
    },
    async restart() {
      service = await run();
    },
    async close() {
      for (const close of closers.toReversed()) await close();
    },
  };
}
