import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { checkoutDir } from '#sim/paths.ts';
import { startChild, type StartedChild } from '#standins/started-child.ts';
import type { Run } from '../drivers/run.ts';

/** The key pair that the stand-ins of a run accept. */
export const accessKey = { accessKeyId: 'AKIDCONFORMANCE', secretAccessKey: 'conformance/secret+key=' };

/** Starts a stand-in of `sim/standins` as a process, as the supervisor does, and waits until it is ready. */
export function startStandIn(name: string, args: readonly string[]): Promise<StartedChild> {
  return startChild(pathToFileURL(join(checkoutDir, 'sim/standins', name, 'main.ts')), [...args]);
}

/** A folder of a component's own, below the run's. */
export function componentFolder(run: Run, name: string): Promise<string> {
  return mkdtemp(join(run.folder, `${name}-`));
}

/** The file that the clouds' stand-ins read their secrets from. */
export interface SecretsFile {
  readonly path: string;
  /** Replaces secrets and key pair whole, as an editor would: what stood there and changes is rotated. */
  write(values: Readonly<Record<string, string>>, key?: typeof accessKey): Promise<void>;
}

/** Makes a secrets file with `accessKey` and the values given. */
export async function makeSecretsFile(run: Run, values: Readonly<Record<string, string>> = {}): Promise<SecretsFile> {
  const path = join(await componentFolder(run, 'secrets'), 'secrets.json');
  const write: SecretsFile['write'] = async (next, key = accessKey) => {
    await writeFile(`${path}.next`, JSON.stringify({ __credentials: key, ...next }), { mode: 0o600 });
    await rename(`${path}.next`, path);
  };
  await write(values);
  return { path, write };
}
