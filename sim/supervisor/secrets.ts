import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { staffAddress } from '../topology/environment.ts';
import { peerOf, regions, type Region } from '../topology/regions.ts';
import { inspectorRole, perRole, serviceRoles, type RolePasswords } from '../postgres/provision.ts';
import { writeWhole, type TwinPaths } from './state.ts';

const PublicKey = Type.Object({ kty: Type.Literal('OKP'), crv: Type.Literal('Ed25519'), x: Type.String() });
const PrivateKey = Type.Object({ ...PublicKey.properties, d: Type.String() });
/** A session token stands there only where the key is of a real cloud: empty for a lasting one. */
const Credentials = Type.Object({ accessKeyId: Type.String(), secretAccessKey: Type.String(), sessionToken: Type.Optional(Type.String()) });
export type Credentials = Static<typeof Credentials>;
export const DatabaseLogin = Type.Object({ username: Type.String(), password: Type.String() });
const InspectorPasswords = Type.Record(Type.String(), Type.String());

/** A region's secrets as its stand-in reads them: names to strings, and the credentials that open them. */
export const SecretsFile = Type.Object({ __credentials: Credentials }, { additionalProperties: true });

export const databaseSecret = (role: string): string => `madeinworld/database/${role}`;
export const tokenSigningKeys = 'madeinworld/auth/signing-keys';
export const syncSigningKey = 'madeinworld/sync/signing-key';
export const syncPeerKeys = 'madeinworld/sync/peer-keys';

const paymentProviderSecret = 'madeinworld/order/payment-provider';

/**
 * Makes the secrets of both regions, unless they are there; they stay the same until the twin is wiped. Those of roles and providers that there were none of when
 * they were made are added.
 */
export function ensureSecrets(paths: TwinPaths): void {
  if (!existsSync(paths.inspector)) {
    writeWhole(paths.inspector, Object.fromEntries(regions.map((region) => [region, randomText(18)])), 0o600);
  }
  if (regions.every((region) => existsSync(paths.secrets(region)))) {
    for (const region of regions) addMissing(paths, region);
    return;
  }
  const pairs = Object.fromEntries(regions.map((region) => [region, syncKeyPair(`${region}-1`)]));
  for (const region of regions) {
    const own = pairs[region];
    const peer = pairs[peerOf(region)];
    if (own !== undefined && peer !== undefined) writeWhole(paths.secrets(region), regionSecrets(own, peer), 0o600);
  }
}

function addMissing(paths: TwinPaths, region: Region): void {
  const file = readAs(SecretsFile, paths.secrets(region));
  const missing = Object.entries(newSharedSecrets()).filter(([name]) => !Object.hasOwn(file, name));
  if (missing.length > 0) writeWhole(paths.secrets(region), { ...file, ...Object.fromEntries(missing) }, 0o600);
}

/** What two sides share and neither was born with, by the name of its secret: a login for each role of the services, and what the payment provider knows too. */
function newSharedSecrets(): Record<string, string> {
  const logins = serviceRoles.map((role) => [databaseSecret(role), JSON.stringify({ username: role, password: randomText(24) })] as const);
  return {
    ...Object.fromEntries(logins),
    [paymentProviderSecret]: JSON.stringify({ apiKey: randomText(32), callbackSecret: randomText(32) }),
  };
}

interface SyncKeyPair {
  readonly keyId: string;
  readonly privateKey: object;
  readonly publicKey: object;
}

/** A new pair for the border. */
export function syncKeyPair(keyId: string): SyncKeyPair {
  const pair = generateKeyPairSync('ed25519');
  return {
    keyId,
    privateKey: Value.Parse(PrivateKey, pair.privateKey.export({ format: 'jwk' })),
    publicKey: Value.Parse(PublicKey, pair.publicKey.export({ format: 'jwk' })),
  };
}

function regionSecrets(own: SyncKeyPair, peer: SyncKeyPair): Record<string, unknown> {
  const tokenKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const values: Record<string, unknown> = {
    [tokenSigningKeys]: { keys: [{ ...tokenKey, kid: randomText(9), alg: 'EdDSA', use: 'sig' }] },
    'madeinworld/auth/staff': { admins: [staffAddress] },
    'madeinworld/auth/pepper': { pepper: randomBytes(32).toString('base64') },
    'madeinworld/notification/digest-key': { key: randomBytes(32).toString('base64') },
    'madeinworld/notification/webhook': { secret: randomText(32) },
    [syncSigningKey]: { keyId: own.keyId, privateKey: own.privateKey },
    [syncPeerKeys]: { keys: [{ keyId: peer.keyId, publicKey: peer.publicKey }] },
  };
  const texts = Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)]);
  return { ...newSharedSecrets(), ...Object.fromEntries(texts), __credentials: newCredentials() };
}

/** A key that opens nothing outside the twin. */
export function newCredentials(): Credentials {
  return { accessKeyId: `TWIN${randomBytes(8).toString('hex').toUpperCase()}`, secretAccessKey: randomText(30) };
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** A region's secrets, by name, without the credentials. */
export function readSecrets(paths: TwinPaths, region: Region): Record<string, string> {
  const { __credentials, ...secrets } = readAs(SecretsFile, paths.secrets(region));
  return Value.Parse(Type.Record(Type.String(), Type.String()), secrets);
}

/** Gives a secret of a region another value; the stand-ins read the file again when it has changed. */
export function writeSecret(paths: TwinPaths, region: Region, name: string, value: string): void {
  writeWhole(paths.secrets(region), { ...readAs(SecretsFile, paths.secrets(region)), [name]: value }, 0o600);
}

/** The credentials that a region's stand-ins accept. */
export function readCredentials(paths: TwinPaths, region: Region): Credentials {
  return readAs(SecretsFile, paths.secrets(region)).__credentials;
}

/** The same in the form of AWS's clients, which take an empty session token for one. */
export function awsCredentials({ sessionToken = '', ...key }: Credentials): Credentials {
  return sessionToken === '' ? key : { ...key, sessionToken };
}

/** The passwords of a region's database roles, as its secrets name them. */
export function readRolePasswords(paths: TwinPaths, region: Region): RolePasswords {
  const secrets = readSecrets(paths, region);
  const inspector = readAs(InspectorPasswords, paths.inspector)[region] ?? '';
  return perRole((role) =>
    role === inspectorRole ? inspector : Value.Parse(DatabaseLogin, JSON.parse(secrets[databaseSecret(role)] ?? 'null')).password,
  );
}

/** Throws an Error that names the file where it is not what was written there. */
function readAs<Schema extends TSchema>(schema: Schema, path: string): Static<Schema> {
  const text = readFileSync(path, 'utf8');
  try {
    return Value.Parse(schema, JSON.parse(text));
  } catch {
    // Without what is wrong in it: parsers quote what they do not understand, and here that is a secret.
    throw new Error(`${path} is damaged: put it back as it was, or begin with secrets and data anew:\n  npm run sim:up -- --fresh`);
  }
}
