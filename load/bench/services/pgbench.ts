import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** PostgreSQL's own load generator comes in its image; the twin's server is a build without it. */
const IMAGE = 'postgres:17';

/** A file that PostgreSQL's programs read a password from: no command line shows it. */
const PASSWORD_FILE = '.pgpass';
const scriptFile = (at: number): string => `script-${at}.sql`;

export interface PgbenchOptions {
  /** With the role and its password. */
  readonly url: string;
  readonly clients: number;
  readonly seconds: number;
  /** Scripts as pgbench reads them, of which it takes one at random each time; without any the built-in one of single selects (`-S`). */
  readonly scripts?: readonly string[];
  /** Variables of the scripts. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs pgbench (https://www.postgresql.org/docs/17/pgbench.html) with prepared statements and answers its transactions a second. Needs Docker. */
export async function pgbench({ url, clients, seconds, scripts = [], variables = {} }: PgbenchOptions): Promise<number> {
  const defined = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const what = scripts.length === 0 ? ['-S'] : [...scripts.flatMap((_, at) => ['-f', `/bench/${scriptFile(at)}`]), ...defined];
  const stdout = await inImage(url, ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), ...what], scripts);
  const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
  if (tps === undefined) throw new Error(`pgbench said no figure:\n${stdout}`);
  return Number(tps);
}

/** Makes the tables of the built-in script: a hundred thousand accounts a unit of `scale`. */
export async function fillPgbench(url: string, scale: number): Promise<void> {
  await inImage(url, ['-i', '-q', '-s', String(scale)]);
}

async function inImage(url: string, args: readonly string[], scripts: readonly string[] = []): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const user = decodeURIComponent(username);
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-pgbench-'));
  try {
    const line = [hostname, port, '*', user, decodeURIComponent(password)]
      .map((field) => field.replaceAll(/[:\\]/g, String.raw`\$&`))
      .join(':');
    await writeFile(join(folder, PASSWORD_FILE), line, { mode: 0o600 });
    await Promise.all(scripts.map(async (script, at) => writeFile(join(folder, scriptFile(at)), script)));
    // The host's network: what it measures is reached over loopback, as by the services.
    const options = [
      'run',
      '--rm',
      '--network',
      'host',
      '--pull',
      'never',
      '-v',
      `${folder}:/bench:ro`,
      '-e',
      `PGPASSFILE=/bench/${PASSWORD_FILE}`,
    ];
    const { stdout } = await run('docker', [
      ...options,
      IMAGE,
      'pgbench',
      ...args,
      '-h',
      hostname,
      '-p',
      port,
      '-U',
      user,
      pathname.slice(1),
    ]);
    return stdout;
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`pgbench could not run in ${IMAGE}: ${said}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
