import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exportJWK, SignJWT } from 'jose';

import { peerOf, type Region } from '#contracts/regions.ts';
import { ACCESS_TOKEN_TYPE, TOKEN_AUDIENCE, tokenIssuerOf } from '#platform/access.ts';
import { testPasswords } from '#sim/checks/pg-database.ts';
import { startPostgres } from '#sim/postgres/index.ts';
import { provisionDatabase, provisionRoles, withClient, withDatabase } from '#sim/postgres/provision.ts';

import { openTripwire, type Tripwire } from '../tripwire.ts';
import { start, type Running } from '../process.ts';

/** The processes of a region that are killed, each a process of its own here: a service that publishes what it commits, the worker, the ingest. */
export const roles = ['catalog', 'sync-worker', 'sync-ingest'] as const;
export type RoleName = (typeof roles)[number];

export interface RegionPlant {
  readonly region: Region;
  /** The superuser's. */
  readonly databaseUrl: string;
  /** The wires of each process, by where they lead. */
  readonly wires: Readonly<Record<RoleName, { readonly database: Tripwire; readonly queue: Tripwire; readonly peer: Tripwire }>>;
  readonly processes: Record<RoleName, Running>;
  /** An SQS endpoint that sees the region's queue: China's MNS keeps it in one. */
  readonly queueBackendUrl: string;
  /** The queue as its clients meet it, past all tripwires. */
  readonly queueUrl: string;
  /** Starts a process again as it was; the peer finds it where it listens then. */
  restart(role: RoleName): Promise<void>;
  /** A request of staff to the catalogue service. */
  post(path: string, body: unknown): Promise<Response>;
}

/** What both clouds' stand-ins let in. */
export const credentials = { accessKeyId: 'KILLKEY', secretAccessKey: randomBytes(24).toString('base64url') };
const addressOf = (url: string): string => new URL(url).host;

function secretsOf(own: { keyId: string; key: KeyObject }, peer: { keyId: string; key: KeyObject }): Record<string, unknown> {
  const logins = Object.entries(testPasswords).map(([role, password]) => [`madeinworld/database/${role}`, { username: role, password }]);
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x: peer.key.export({ format: 'jwk' }).x };
  const values: Record<string, unknown> = {
    ...Object.fromEntries(logins),
    'madeinworld/sync/signing-key': { keyId: own.keyId, privateKey: own.key.export({ format: 'jwk' }) },
    'madeinworld/sync/peer-keys': { keys: [{ keyId: peer.keyId, publicKey }] },
  };
  return {
    __credentials: credentials,
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)])),
  };
}

/** Stands in for a region's auth service: it publishes the key with which the test's tokens are signed. */
async function openAuth(key: KeyObject): Promise<{ url: string; close(): void }> {
  const { crv, kty, x } = await exportJWK(key);
  const body = JSON.stringify({ keys: [{ crv, kty, x, kid: 'test', alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, close: () => void server.close() };
}

export interface Plant {
  readonly world: RegionPlant;
  readonly china: RegionPlant;
  close(): Promise<void>;
}

/**
 * Both regions with everything that sync needs, each part a real process: PostgreSQL, SQS, MNS, and of the product's processes one for each role.
 * Every wire of a product's process goes through a tripwire of its own.
 */
export async function openPlant(): Promise<Plant> {
  const closers: (() => unknown)[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-kill-'));
  await chmod(folder, 0o711);
  closers.push(() => rm(folder, { recursive: true, force: true }));
  // Durable, unlike the tests' shared server: a backend that is killed takes the whole server down, and what was committed must be there afterwards.
  const server = await startPostgres({ dataDir: join(folder, 'data'), settings: { durable: true, more: { fsync: 'off' } } });
  closers.push(() => server.stop());
  const keys = { world: generateKeyPairSync('ed25519').privateKey, china: generateKeyPairSync('ed25519').privateKey };
  const tokenKey = generateKeyPairSync('ed25519').privateKey;
  const auth = await openAuth(tokenKey);
  closers.push(() => auth.close());
  await withClient(server.superuserUrl, (client) => provisionRoles(client, testPasswords));

  async function openRegion(region: Region): Promise<RegionPlant> {
    const peer = peerOf(region);
    await withClient(server.superuserUrl, (client) => provisionDatabase(server.superuserUrl, client, region));
    const databaseUrl = withDatabase(server.superuserUrl, region);
    const secretsFile = join(folder, `${region}.json`);
    const secrets = secretsOf({ keyId: `${region}-1`, key: keys[region] }, { keyId: `${peer}-1`, key: keys[peer] });
    await writeFile(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
    const cloud = await start(`sim/standins/${region}-cloud/main.ts`, ['--secrets-file', secretsFile, '--sweep-interval', '1s'], {});
    closers.push(() => cloud.stop());
    const secretsUrl = cloud.urlOf(`${region}:secrets`);
    const openWires = async () => ({
      database: await openTripwire(addressOf(databaseUrl)),
      queue: await openTripwire(addressOf(cloud.urlOf(`${region}:queue`))),
      peer: await openTripwire('127.0.0.1:1'),
    });
    const wires = { catalog: await openWires(), 'sync-worker': await openWires(), 'sync-ingest': await openWires() };
    closers.push(() => Promise.all(Object.values(wires).flatMap((of) => Object.values(of).map((wire) => wire.close()))));
    const environment = (role: RoleName | 'migrate'): Record<string, string> => {
      const own = wires[role === 'migrate' ? 'catalog' : role];
      const queueUrl = `http://127.0.0.1:${own.queue.port}`;
      return {
        REGION: region,
        SERVICES: role,
        LOG_LEVEL: 'warn',
        DATABASE_URL: `postgres://127.0.0.1:${own.database.port}/${region}`,
        AUTH_URL: auth.url,
        PEER_REGION: peer,
        PEER_URL: `http://127.0.0.1:${own.peer.port}`,
        QUEUE_NAME: 'madeinworld-sync',
        ...(region === 'world'
          ? {
              QUEUE_PROVIDER: 'sqs',
              SECRETS_PROVIDER: 'aws',
              AWS_REGION: 'eu-west-1',
              AWS_ENDPOINT_URL_SQS: queueUrl,
              AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
              AWS_CONTAINER_CREDENTIALS_FULL_URI: `${secretsUrl}/credentials`,
            }
          : {
              QUEUE_PROVIDER: 'mns',
              SECRETS_PROVIDER: 'alibaba',
              MNS_ENDPOINT: queueUrl,
              KMS_ENDPOINT: secretsUrl,
              ALIBABA_CLOUD_CREDENTIALS_URI: `${secretsUrl}/credentials`,
            }),
      };
    };
    // The migration ends by itself, and says nothing.
    await start('services/main.ts', [], environment('migrate')).catch((error: unknown) => {
      if (!String(error).includes('(code 0)')) throw error;
    });
    const run = (role: RoleName): Promise<Running> => start('services/main.ts', [], { ...environment(role), LOG_LEVEL: 'info' });
    const processes = { catalog: await run('catalog'), 'sync-worker': await run('sync-worker'), 'sync-ingest': await run('sync-ingest') };
    closers.push(() => Promise.all(Object.values(processes).map((process) => process.stop())));
    return {
      region,
      databaseUrl,
      wires,
      processes,
      queueUrl: cloud.urlOf(`${region}:queue`),
      queueBackendUrl: cloud.urlOf(region === 'world' ? 'world:queue' : 'china:queue-backend'),
      async restart(role) {
        processes[role] = await run(role);
      },
      async post(path, body) {
        const token = await new SignJWT({ role: 'catalogue' })
          .setProtectedHeader({ alg: 'EdDSA', typ: ACCESS_TOKEN_TYPE, kid: 'test' })
          .setIssuer(tokenIssuerOf(region))
          .setAudience(TOKEN_AUDIENCE)
          .setSubject('someone')
          .setIssuedAt()
          .setExpirationTime('5m')
          .sign(tokenKey);
        return fetch(`${processes.catalog.urlOf('catalog')}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
      },
    };
  }

  const plants = { world: await openRegion('world'), china: await openRegion('china') };
  /** Leads the peer's worker to where the ingest of `region` listens now. */
  const leadPeer = (region: Region): void =>
    plants[peerOf(region)].wires['sync-worker'].peer.leadTo(new URL(plants[region].processes['sync-ingest'].urlOf('sync')).host);
  const led = (region: Region): RegionPlant => {
    leadPeer(region);
    return {
      ...plants[region],
      async restart(role) {
        await plants[region].restart(role);
        if (role === 'sync-ingest') leadPeer(region);
      },
    };
  };
  return {
    world: led('world'),
    china: led('china'),
    async close() {
      for (const close of closers.toReversed()) await close();
    },
  };
}
