import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { readFileSync } from 'node:fs';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { awsCredentials, readCredentials, readSecrets, SecretsFile } from '../supervisor/secrets.ts';
import { writeWhole, type TwinPaths } from '../supervisor/state.ts';
import { readKmsSecret } from './kms.ts';
import { regionOf } from './environment.ts';
import { peerOf, type Region } from '../topology/regions.ts';

export interface AdoptOptions {
  readonly paths: TwinPaths;
  readonly region: Region;
  /** Where the attached store is. */
  readonly url: string;
  /** Whether what the store lacks may be made there, with the twin's own values. */
  readonly create: boolean;
  /** Whether the other region's keys are the twin's, and this one is to trust them. */
  readonly trust: boolean;
}

/**
 * Takes over the values of the secrets that an attached store holds, so that databases and keys are made to fit them. Throws Error that names what is missing;
 * with `create` it is made there instead, and the other region's key is added to those that are trusted there. Nothing else that is there is changed.
 */
export async function adoptSecrets({ paths, region, url, create, trust }: AdoptOptions): Promise<void> {
  const own = readSecrets(paths, region);
  const store =
    region === 'world' ? awsStore(paths, url) : { get: (name: string) => readKmsSecret(paths, url, name), close: () => undefined };
  try {
    const found = await Promise.all(Object.keys(own).map(async (name) => [name, await store.get(name)] as const));
    const missing = found.filter(([, value]) => value === undefined).map(([name]) => name);
    if (missing.length > 0 && !(create && store.create !== undefined)) {
      throw new Error(
        `the attached store has no secret called ${missing.join(', ')}.\n` +
          (store.create === undefined ? 'Make them there' : 'Make them there, or set SIM_WORLD_SECRETS_CREATE=1 and the twin does') +
          '; docs/security.md says what each holds',
      );
    }
    for (const name of missing) await store.create?.(name, own[name] ?? '');
    const values = {
      ...own,
      ...Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))),
    };
    if (!trust) return writeSecrets(paths, region, values);
    const trusted = trustPeer(values, readSecrets(paths, peerOf(region)), region);
    if (trusted.added !== undefined) {
      if (!create || store.put === undefined) {
        throw new Error(
          `the attached store does not trust this twin's ${peerOf(region)}: add to the keys of ${peerKeys} there\n${trusted.added}`,
        );
      }
      await store.put(peerKeys, trusted.own[peerKeys] ?? '');
    }
    writeSecrets(paths, region, trusted.own);
    writeSecrets(paths, peerOf(region), trusted.peer);
  } finally {
    store.close();
  }
}

const peerKeys = 'madeinworld/sync/peer-keys';
const SigningKey = Type.Object({
  keyId: Type.String(),
  privateKey: Type.Object({ kty: Type.String(), crv: Type.String(), x: Type.String() }),
});
const PublicKey = Type.Object({ keyId: Type.String(), publicKey: Type.Unknown() });
const PeerKeys = Type.Object({ keys: Type.Array(PublicKey) });

/** Lets the two sides trust each other's present keys; `added` is what the store's own secret lacked for that, as JSON. */
function trustPeer(
  own: Secrets,
  peer: Secrets,
  region: Region,
): { readonly own: Secrets; readonly peer: Secrets; readonly added: string | undefined } {
  const publicOf = (secrets: Secrets, whose: Region): Static<typeof PublicKey> => {
    const { keyId, privateKey } = Value.Parse(SigningKey, JSON.parse(secrets['madeinworld/sync/signing-key'] ?? 'null'));
    if (keyId === '') throw new Error(`the signing key of ${whose} has no id`);
    const { kty, crv, x } = privateKey;
    return { keyId, publicKey: { kty, crv, x } };
  };
  const trusting = (secrets: Secrets, key: Static<typeof PublicKey>): Secrets => {
    const { keys } = Value.Parse(PeerKeys, JSON.parse(secrets[peerKeys] ?? '{"keys":[]}'));
    return { ...secrets, [peerKeys]: JSON.stringify({ keys: [...keys.filter(({ keyId }) => keyId !== key.keyId), key] }) };
  };
  const ownKey = publicOf(own, region);
  const peerKey = publicOf(peer, peerOf(region));
  const known = Value.Parse(PeerKeys, JSON.parse(own[peerKeys] ?? '{"keys":[]}')).keys.some((key) => Value.Equal(key, peerKey));
  return { own: known ? own : trusting(own, peerKey), peer: trusting(peer, ownKey), added: known ? undefined : JSON.stringify(peerKey) };
}

function writeSecrets(paths: TwinPaths, region: Region, values: Secrets): void {
  const file = Value.Parse(SecretsFile, JSON.parse(readFileSync(paths.secrets(region), 'utf8')));
  writeWhole(paths.secrets(region), { ...file, ...values }, 0o600);
}

type Secrets = Readonly<Record<string, string>>;

interface Store {
  get(name: string): Promise<string | undefined>;
  readonly create?: (name: string, value: string) => Promise<void>;
  readonly put?: (name: string, value: string) => Promise<void>;
  close(): void;
}

function awsStore(paths: TwinPaths, url: string): Store {
  const credentials = awsCredentials(readCredentials(paths, 'world'));
  const client = new SecretsManagerClient({ endpoint: url, region: regionOf(url), credentials });
  return {
    async get(name) {
      try {
        return (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async create(name, value) {
      await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
    },
    async put(name, value) {
      await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
    },
    close: () => client.destroy(),
  };
}
