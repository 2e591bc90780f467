import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, copyFile, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeServerFolder, reachablePath, type ServerIdentity } from './identity.ts';

const run = promisify(execFile);

/** macOS has no C.UTF-8; its UTF-8 classes characters alike, and the collation stays C everywhere. */
const lcCtype = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';

/** Where a cluster's superuser password is kept: beside the data, readable by its owner alone. */
export function passwordFile(dataDir: string): string {
  return `${dataDir}.password`;
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

export async function clusterExists(dataDir: string): Promise<boolean> {
  return exists(join(dataDir, 'PG_VERSION'));
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
  /** Names a template to be taken in place of the empty one, `kind-version`, where it has been kept; asked only where a cluster has to be made. */
  readonly kept?: (() => string | undefined) | undefined;
}

/** Where a cluster's content is from: it was there, it is an empty one, or a copy of the template that was named. */
export type ClusterOrigin = 'found' | 'empty' | 'kept';

/**
 * Makes a cluster at `dataDir` unless one is there: a copy of a template, of which the empty one is made once a checkout (initdb costs a second, its copy a
 * tenth). The password goes with it, to `passwordFile(dataDir)`.
 */
export async function ensureCluster(options: ClusterOptions): Promise<ClusterOrigin> {
  const { dataDir, identity } = options;
  if (await clusterExists(dataDir)) return 'found';
  const kept = options.kept?.();
  const named = kept === undefined ? undefined : join(await templateFolder(options, kept), 'data');
  const isKept = named !== undefined && (await clusterExists(named));
  const template = isKept ? named : await ensureTemplate(options);
  await rm(dataDir, { recursive: true, force: true });
  const partial = `${dataDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await copyCluster(template, partial, identity);
  await copyFile(passwordFile(template), passwordFile(dataDir));
  await rename(partial, dataDir);
  return isKept ? 'kept' : 'empty';
}

const TEMPLATES_KEPT = 3;

/**
 * Keeps the cluster at `dataDir`, whose server is down, as the template `kind-version`, and of its kind the latest three alone. Two processes at once do no
 * harm. Throws where the server did not end in good order: such files are no whole.
 */
export async function keepCluster(options: TemplateOptions & { readonly dataDir: string }, kind: string, version: string): Promise<void> {
  const { dataDir, identity } = options;
  const template = await templateFolder(options, `${kind}-${version}`);
  const requireEnded = async (): Promise<void> => {
    if (await exists(join(dataDir, 'postmaster.pid'))) throw new Error('its server has not ended in good order');
  };
  await addTemplate(template, identity, async (data) => {
    await requireEnded();
    await copyCluster(dataDir, data, identity);
    await requireEnded();
    await copyFile(passwordFile(dataDir), passwordFile(data));
  });
  await removeOldTemplates(dirname(template), basename(template).slice(0, -version.length));
}

/** What mkdtemp puts behind a name: a template that is being made, or that nobody finished. */
const unfinished = /\.[A-Za-z0-9]{6}$/;
const GONE = 'removed-';

async function removeOldTemplates(folder: string, prefix: string): Promise<void> {
  const names = await readdir(folder);
  const kept = names.filter((name) => name.startsWith(prefix) && !unfinished.test(name));
  const aged = await Promise.all(
    kept.map(async (name) => ({ name, madeMs: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  const old = aged.toSorted((a, b) => b.madeMs - a.madeMs).slice(TEMPLATES_KEPT);
  // By another name first: half of one would still look like a template.
  await Promise.all(old.map(({ name }) => rename(join(folder, name), join(folder, `${GONE}${name}`)).catch(() => undefined)));
  const gone = [...names.filter((name) => name.startsWith(GONE)), ...old.map(({ name }) => `${GONE}${name}`)];
  await Promise.all(gone.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

function templateFolder({ cacheDir, version, identity }: TemplateOptions, name?: string): Promise<string> {
  return reachablePath(join(cacheDir, 'postgres', ['template', version, ...(name === undefined ? [] : [name])].join('-')), identity);
}

/** Makes the template unless it is there, and returns its data folder. Two processes at once do no harm. */
export async function ensureTemplate(options: TemplateOptions): Promise<string> {
  const { identity, nativeDir } = options;
  const template = await templateFolder(options);
  const finished = join(template, 'data');
  if (await clusterExists(finished)) return finished;
  await addTemplate(template, identity, async (data) => {
    const password = passwordFile(data);
    await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (identity !== undefined) await chown(password, identity.uid, identity.gid);
    await initdb(nativeDir, data, password, identity);
    if (identity !== undefined) await chown(password, 0, 0);
  });
  return finished;
}

/** Data and password share a folder, so that of two that add the same template at once one wins with both. */
async function addTemplate(template: string, identity: ServerIdentity | undefined, fill: (data: string) => Promise<void>): Promise<void> {
  const workDir = await mkdtemp(`${template}.`);
  try {
    await makeServerFolder(workDir, identity);
    await fill(join(workDir, 'data'));
    await rename(workDir, template).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
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

/** By a program of the system, as the server's user: a thousand files cost Node a second of the processor, and `cp` a twentieth. */
async function copyCluster(from: string, to: string, identity: ServerIdentity | undefined): Promise<void> {
  await makeServerFolder(to, identity);
  await run('cp', ['-R', `${from}/.`, to], { cwd: '/', env: programEnvironment, ...identity }).catch(
    (cause: Error & { stderr?: string }) => {
      throw new Error(`the database's files could not be copied: ${cause.stderr?.trim() || cause.message}`, { cause });
    },
  );
}

/** Reads the superuser's password of a cluster made by `ensureCluster`. */
export async function readSuperuserPassword(dataDir: string): Promise<string> {
  return (await readFile(passwordFile(dataDir), 'utf8')).trim();
}
