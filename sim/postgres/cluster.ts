import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, copyFile, cp, lchown, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeServerFolder, reachablePath, type ServerIdentity } from './identity.ts';

const run = promisify(execFile);

/** macOS has no C.UTF-8; its UTF-8 classes characters alike, and the collation stays C everywhere. */
const lcCtype = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';

/** Where a cluster's superuser password is kept: beside the data, readable by its owner alone. */
export function passwordFile(dataDir: string): string {
  return `${dataDir}.password`;
}

export async function clusterExists(dataDir: string): Promise<boolean> {
  return (await stat(join(dataDir, 'PG_VERSION')).catch(() => undefined)) !== undefined;
}

/** The environment of the server's programs: nothing of ours, so that no PG* variable changes what they do. */
export const programEnvironment: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };

export interface TemplateOptions {
  readonly nativeDir: string;
  readonly version: string;
  readonly cacheDir: string;
  readonly identity: ServerIdentity | undefined;
}

export interface ClusterOptions extends TemplateOptions {
  readonly dataDir: string;
}

/**
 * Makes an empty cluster at `dataDir` unless one is there: a copy of a template which is made once a checkout
 * (initdb costs a second, its copy a tenth). The password goes with it, to `passwordFile(dataDir)`.
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const { dataDir, identity } = options;
  if (await clusterExists(dataDir)) return;
  const template = await ensureTemplate(options);
  await rm(dataDir, { recursive: true, force: true });
  const partial = `${dataDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await copyTree(template, partial, identity);
  await copyFile(passwordFile(template), passwordFile(dataDir));
  await rename(partial, dataDir);
}

/** Makes the template unless it is there, and returns its data folder. Two processes at once do no harm. */
export async function ensureTemplate(options: TemplateOptions): Promise<string> {
  const { identity, version, cacheDir, nativeDir } = options;
  const template = await reachablePath(join(cacheDir, 'postgres', `template-${version}`), identity);
  const finished = join(template, 'data');
  if (await clusterExists(finished)) return finished;
  const workDir = await mkdtemp(`${template}.`);
  try {
    await makeServerFolder(workDir, identity);
    const data = join(workDir, 'data');
    const password = passwordFile(data);
    await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (identity !== undefined) await chown(password, identity.uid, identity.gid);
    await initdb(nativeDir, data, password, identity);
    if (identity !== undefined) await chown(password, 0, 0);
    // Data and password share the folder, so that of two starts at once one wins with both.
    await rename(workDir, template).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
  return finished;
}

async function initdb(nativeDir: string, data: string, password: string, identity: ServerIdentity | undefined): Promise<void> {
  const args = [
    ['-D', data],
    ['--username=postgres', `--pwfile=${password}`, '--auth=scram-sha-256'],
    ['--encoding=UTF8', '--locale-provider=libc', '--lc-collate=C', `--lc-ctype=${lcCtype}`, '--lc-messages=C'],
    ['--no-instructions'],
  ].flat();
  await run(join(nativeDir, 'bin', 'initdb'), args, { cwd: '/', env: programEnvironment, ...identity }).catch(
    (cause: Error & { stderr?: string }) => {
      throw new Error(`PostgreSQL could not make its data folder: ${cause.stderr?.trim() || cause.message}`, { cause });
    },
  );
}

async function copyTree(from: string, to: string, identity: ServerIdentity | undefined): Promise<void> {
  await cp(from, to, { recursive: true, preserveTimestamps: true });
  if (identity === undefined) return;
  const entries = await readdir(to, { recursive: true });
  await Promise.all(entries.map((entry) => lchown(join(to, entry), identity.uid, identity.gid)));
  await chown(to, identity.uid, identity.gid);
}

/** Reads the superuser's password of a cluster made by `ensureCluster`. */
export async function readSuperuserPassword(dataDir: string): Promise<string> {
  return (await readFile(passwordFile(dataDir), 'utf8')).trim();
}
