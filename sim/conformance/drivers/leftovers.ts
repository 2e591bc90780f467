import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { endProcess, identify, isAlive, type ProcessIdentity } from '#sim/supervisor/process-identity.ts';
import { removePostgresData } from '#sim/postgres/index.ts';
import { runLabel } from './run-label.ts';

const execute = promisify(execFile);
const identity = Compile(Type.Object({ pid: Type.Integer(), startTime: Type.String() }));

const ownerFile = (folder: string): string => join(folder, 'owner.json');
const processFolder = (folder: string): string => join(folder, 'processes');

/** Makes the folder of a run, which says who owns the run. */
export async function makeRunFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-conformance-'));
  // As root PostgreSQL runs as somebody else, who must be able to pass through.
  await chmod(folder, 0o711);
  await mkdir(processFolder(folder));
  await writeFile(ownerFile(folder), JSON.stringify(identify(process.pid)));
  return folder;
}

/** Writes down a process that would outlive whoever started it. */
export async function rememberProcess(folder: string, pid: number): Promise<void> {
  await writeFile(join(processFolder(folder), String(pid)), JSON.stringify(identify(pid)));
}

async function readIdentity(file: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : identity.Parse(JSON.parse(text));
}

/** Ends what a run has left - processes, containers - and removes its folder. Does nothing where nothing is left. */
export async function removeLeftovers(folder: string, options: { readonly containers: boolean }): Promise<void> {
  for (const file of await readdir(processFolder(folder)).catch(() => [])) {
    const left = await readIdentity(join(processFolder(folder), file));
    // Only while its leader lives is the group of that id surely ours; what serves a postmaster that died ends by itself.
    if (left !== undefined && isAlive(left)) await endProcess(left, { signal: 'SIGINT', graceMs: 5_000, marker: '' });
  }
  if (options.containers) await removeContainers((label) => label === folder);
  const databases = join(folder, 'postgres');
  for (const name of await readdir(databases).catch(() => [])) await removePostgresData(join(databases, name));
  await rm(folder, { recursive: true, force: true });
}

/** Removes the containers of runs whose owner was killed before it could do so. Throws when Docker does not answer. */
export async function removeAbandonedContainers(): Promise<void> {
  const living = new Map<string, boolean>();
  for (const label of new Set((await labelledContainers()).map(([, label]) => label))) {
    const owner = await readIdentity(ownerFile(label));
    living.set(label, owner !== undefined && isAlive(owner));
  }
  await removeContainers((label) => living.get(label) === false);
}

async function removeContainers(which: (label: string) => boolean): Promise<void> {
  const ids = (await labelledContainers()).filter(([, label]) => which(label)).map(([id]) => id);
  if (ids.length > 0) await execute('docker', ['rm', '--force', '--volumes', ...ids]);
}

async function labelledContainers(): Promise<[id: string, label: string][]> {
  const format = `{{.ID}}\t{{.Label "${runLabel}"}}`;
  const { stdout } = await execute('docker', ['ps', '--all', '--no-trunc', '--filter', `label=${runLabel}`, '--format', format]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', label = ''] = line.split('\t');
      return [id, label];
    });
}
