import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** PostgreSQL's own load generator comes in its image; the twin's server is a build without it. */
const IMAGE = 'postgres:17';

export interface PgbenchOptions {
  /** With the role and its password. */
  readonly url: string;
  readonly clients: number;
  readonly seconds: number;
  /** A script as pgbench reads it; without it the built-in one of single selects (`-S`). */
  readonly script?: string;
  /** Variables of the script. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs pgbench (https://www.postgresql.org/docs/17/pgbench.html) with prepared statements and answers its transactions a second. Needs Docker. */
export async function pgbench({ url, clients, seconds, script, variables = {} }: PgbenchOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-pgbench-'));
  try {
    await chmod(folder, 0o755);
    if (script !== undefined) await writeFile(join(folder, 'script.sql'), script);
    const defined = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
    const what = script === undefined ? ['-S'] : ['-f', '/bench/script.sql', ...defined];
    const args = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), ...what];
    const { stdout } = await inImage(folder, url, args);
    const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
    if (tps === undefined) throw new Error(`pgbench said no figure:\n${stdout}`);
    return Number(tps);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the tables of the built-in script: a hundred thousand accounts a unit of `scale`. */
export async function fillPgbench(url: string, scale: number): Promise<void> {
  await inImage(undefined, url, ['-i', '-q', '-s', String(scale)]);
}

async function inImage(folder: string | undefined, url: string, args: readonly string[]): Promise<{ stdout: string }> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(password) };
  const mounts = folder === undefined ? [] : ['-v', `${folder}:/bench:ro`];
  const place = ['-h', hostname, '-p', port, '-U', decodeURIComponent(username), pathname.slice(1)];
  // The host's network: what it measures is reached over loopback, as by the services.
  const options = ['run', '--rm', '--network', 'host', '--pull', 'never', '-e', 'PGPASSWORD', ...mounts, IMAGE];
  return run('docker', [...options, 'pgbench', ...args, ...place], { env }).catch((cause: Error & { stderr?: string }) => {
    throw new Error(`pgbench could not run in ${IMAGE}: ${cause.stderr?.trim() || cause.message}`, { cause });
  });
}
