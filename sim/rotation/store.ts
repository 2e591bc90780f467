import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { putSecrets } from '../docker/localstack.ts';
import { tryLock } from '../supervisor/lock.ts';
import { readCredentials, readSecrets, writeSecret } from '../supervisor/secrets.ts';
import type { TwinPaths, TwinState } from '../supervisor/state.ts';
import type { Region } from '../topology/regions.ts';

/** A region's secret store, written as an operator writes it. */
export interface SecretStore {
  read(name: string): string;
  /** Makes what `change` makes of the present value the current version; that one becomes the previous. */
  change(name: string, change: (value: string) => string): Promise<void>;
}

export interface Stores {
  readonly paths: TwinPaths;
  readonly state: TwinState;
}

const LOCK_WITHIN_MS = 5_000;

/** The store of a region, round the links. LocalStack's is written besides the file, from which it is filled at its start. */
export function secretStore({ paths, state }: Stores, region: Region): SecretStore {
  const read = (name: string): string => {
    const value = readSecrets(paths, region)[name];
    if (value === undefined) throw new RangeError(`there is no secret ${name} in ${region}`);
    return value;
  };
  return {
    read,
    async change(name, change) {
      const unlock = await lock(join(paths.secretsDir, `${region}.lock`));
      try {
        const value = change(read(name));
        if (region === 'world' && state.mode === 'docker') {
          const endpoint = state.addresses['world:secrets'];
          if (endpoint === undefined) throw new RangeError('world:secrets has not been started');
          await putSecrets({ endpoint, credentials: readCredentials(paths, region), secrets: { [name]: value } });
        }
        writeSecret(paths, region, name, value);
      } finally {
        unlock();
      }
    },
  };
}

async function lock(path: string): Promise<() => void> {
  for (const endMs = Date.now() + LOCK_WITHIN_MS; Date.now() < endMs; await wait(20)) {
    const unlock = tryLock(path);
    if (unlock !== undefined) return unlock;
  }
  throw new Error(`another process has been writing secrets for ${LOCK_WITHIN_MS / 1000} s; if none is, remove ${path}`);
}
