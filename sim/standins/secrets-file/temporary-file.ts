import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A secrets file of a test, in a folder of its own. */
export interface TemporarySecrets {
  readonly path: string;
  /** Replaces the file whole, as an editor or the supervisor does. */
  write(values: Readonly<Record<string, unknown>>): Promise<void>;
  remove(): Promise<void>;
}

export const TEST_KEY = { accessKeyId: 'AKIDTWIN', secretAccessKey: 'secret/of+the=twin' };

/** Writes a secrets file with `TEST_KEY` and the values given. */
export async function temporarySecrets(values: Readonly<Record<string, unknown>>): Promise<TemporarySecrets> {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-secrets-'));
  const path = join(folder, 'secrets.json');
  const write = async (next: Readonly<Record<string, unknown>>): Promise<void> => {
    await writeFile(`${path}.next`, JSON.stringify({ __credentials: TEST_KEY, ...next }), { mode: 0o600 });
    await rename(`${path}.next`, path);
  };
  await write(values);
  return { path, write, remove: () => rm(folder, { recursive: true }) };
}
