import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** One value of a secret. */
export interface SecretVersion {
  /** Derived from name and value (or chosen by the writer), so it is the same after a restart. */
  readonly versionId: string;
  readonly value: string;
  readonly createdAtMs: number;
}

/** A secret with the two stages a rotation needs. */
export interface Secret {
  readonly name: string;
  readonly current: SecretVersion;
  readonly previous?: SecretVersion;
}

/** The one key pair a cloud of the twin knows. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The token that goes with a key of a real cloud, empty where there is none; else one is made up. */
  readonly sessionToken?: string;
}

/** The secrets of one region: a JSON file that is read again whenever it has changed. */
export interface SecretsFile {
  get(name: string): Secret | undefined;
  list(): Secret[];
  /** Writes the value into the file. What was current becomes previous. */
  put(name: string, value: string, versionId?: string): Secret;
  /** The key pair that the credentials endpoint hands out now. */
  accessKey(): AccessKey;
  /** The secret key of an access key id: the present pair's, or the last one's (handed-out keys live on). */
  secretKeyOf(accessKeyId: string): string | undefined;
}

export interface SecretsFileDeps {
  readonly path: string;
  readonly nowMs: () => number;
  /** Told when the file changed into something unreadable; the values read before stay. */
  readonly onUnreadable: (reason: string) => void;
}

const CREDENTIALS = '__credentials';
/** A signature check asks for keys on every request; the file is looked at no more often than this. */
const KEY_CHECK_EVERY_MS = 100;

const fileSchema = Compile(Type.Record(Type.String(), Type.Unknown()));
const accessKeySchema = Compile(
  Type.Object({
    accessKeyId: Type.String({ minLength: 1 }),
    secretAccessKey: Type.String({ minLength: 1 }),
    sessionToken: Type.Optional(Type.String()),
  }),
);

interface Contents {
  readonly values: ReadonlyMap<string, string>;
  readonly accessKey: AccessKey;
}

function parseContents(text: string): Contents {
  const json: unknown = JSON.parse(text);
  if (!fileSchema.Check(json)) throw new Error('it is not a JSON object');
  const credentials = json[CREDENTIALS];
  if (!accessKeySchema.Check(credentials)) throw new Error(`"${CREDENTIALS}" wants accessKeyId and secretAccessKey`);
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(json)) {
    if (name === CREDENTIALS) continue;
    if (typeof value !== 'string') throw new Error(`the value of "${name}" is not a string`);
    values.set(name, value);
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return { values, accessKey: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) } };
}

/** A version id in the shape both clouds use (a UUID), the same for the same name and value. */
function versionIdOf(name: string, value: string): string {
  const hex = createHash('sha256').update(name).update('\0').update(value).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/**
 * Opens the secrets file. Throws when it is missing or not understood; later on an unreadable
 * file keeps the values read before, because an editor may be half-way through writing it.
 */
export function openSecretsFile(deps: SecretsFileDeps): SecretsFile {
  const secrets = new Map<string, Secret>();
  const chosenIds = new Map<string, { value: string; versionId: string }>();
  let fingerprint = '';
  let contents: Contents;
  let lastAccessKey: AccessKey | undefined;
  let keysCheckedAtMs = 0;

  const look = (): string => {
    const stat = statSync(deps.path, { bigint: true });
    return `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  };

  const adopt = (next: Contents): void => {
    const createdAtMs = deps.nowMs();
    for (const name of secrets.keys()) if (!next.values.has(name)) secrets.delete(name);
    for (const [name, value] of next.values) {
      const known = secrets.get(name);
      if (known?.current.value === value) continue;
      const chosen = chosenIds.get(name);
      const versionId = chosen?.value === value ? chosen.versionId : versionIdOf(name, value);
      const current = { versionId, value, createdAtMs };
      secrets.set(name, known ? { name, current, previous: known.current } : { name, current });
    }
  };

  const refresh = (): void => {
    try {
      const seen = look();
      if (seen === fingerprint) return;
      fingerprint = seen;
      const next = parseContents(readFileSync(deps.path, 'utf8'));
      adopt(next);
      if (contents.accessKey.accessKeyId !== next.accessKey.accessKeyId) lastAccessKey = contents.accessKey;
      contents = next;
    } catch (error) {
      deps.onUnreadable(error instanceof Error ? error.message : String(error));
    }
  };

  try {
    fingerprint = look();
    contents = parseContents(readFileSync(deps.path, 'utf8'));
    adopt(contents);
  } catch (error) {
    throw new Error(`cannot read the secrets file ${deps.path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }

  return {
    get(name) {
      refresh();
      return secrets.get(name);
    },
    list() {
      refresh();
      return [...secrets.values()];
    },
    put(name, value, versionId) {
      refresh();
      if (versionId !== undefined) chosenIds.set(name, { value, versionId });
      const values = Object.fromEntries([...contents.values, [name, value]]);
      // Renaming makes the change whole: no reader ever sees half a file.
      const temporary = `${deps.path}.${process.pid}.new`;
      writeFileSync(temporary, `${JSON.stringify({ [CREDENTIALS]: contents.accessKey, ...values }, null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, deps.path);
      refresh();
      const secret = secrets.get(name);
      if (!secret) throw new Error(`the secret ${name} was written and is not there`);
      return secret;
    },
    accessKey() {
      refresh();
      return contents.accessKey;
    },
    secretKeyOf(accessKeyId) {
      const nowMs = deps.nowMs();
      if (Math.abs(nowMs - keysCheckedAtMs) > KEY_CHECK_EVERY_MS) {
        keysCheckedAtMs = nowMs;
        refresh();
      }
      if (contents.accessKey.accessKeyId === accessKeyId) return contents.accessKey.secretAccessKey;
      if (lastAccessKey?.accessKeyId === accessKeyId) return lastAccessKey.secretAccessKey;
      return undefined;
    },
  };
}
