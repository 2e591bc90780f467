import { spawn } from 'node:child_process';
import { withRole, roles } from '../../postgres/provision.ts';
import { readRolePasswords } from '../../supervisor/secrets.ts';
import { regions } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { addressIn, requireTwin } from '../control-client.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { note } from '../screen.ts';

/** Opens a prompt on a region's database, or runs what comes on stdin. Round the links, so that it works while they are cut. */
export async function psql(config: CliConfig, name: string, args: readonly string[], options: { readonly role: string }): Promise<void> {
  const region = regions.find((candidate) => candidate === name);
  const role = roles.find((candidate) => candidate === options.role);
  if (region === undefined)
    throw new UsageFailure(`there is no region ${name}`, 'npm run sim -- psql world   or   npm run sim -- psql china');
  if (role === undefined) throw new CommandFailure(`there is no role ${options.role}`, `The roles are ${roles.join(', ')}.`);
  const { state } = await requireTwin(config.paths);
  const url = withRole(addressIn(state, `${region}:postgres`), role, readRolePasswords(config.paths, region)[role]);
  let hinted = false;
  const hint = (message: string): void => {
    if (hinted || role !== 'inspector' || !message.includes('permission denied')) return;
    hinted = true;
    note(`\n  The role inspector writes nothing. To write: npm run sim -- psql ${region} --role catalog`);
  };
  const code = await runPsql(url, args, config.environment, hint);
  if (code !== undefined) {
    process.exitCode = code;
    return;
  }
  if (args.length > 0)
    throw new CommandFailure('arguments are for psql, and psql is not installed', "echo 'SELECT 1;' | npm run sim -- psql world");
  if (process.stdin.isTTY) note('psql is not installed; this is a small prompt of the twin. \\q ends it, \\dt lists tables.');
  const { runPrompt } = await import('../sql-prompt.ts');
  process.exitCode = await runPrompt(url, region, hint);
}

/** psql's exit code, or undefined when there is no psql. What it complains of is heard where nobody sits at its prompt. */
function runPsql(
  url: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  onError: (message: string) => void,
): Promise<number | undefined> {
  const { username, password, hostname, port, pathname } = new URL(url);
  // Not on the command line, where every user of the machine could read the password.
  const connection = {
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  };
  const unattended = !process.stdin.isTTY || args.some((arg) => /^(-c|-f|--command|--file)/.test(arg));
  // A script that fails is to be told from one that works: psql alone goes on and ends with 0.
  const child = spawn('psql', unattended ? ['--set', 'ON_ERROR_STOP=1', ...args] : args, {
    stdio: ['inherit', 'inherit', unattended ? 'pipe' : 'inherit'],
    env: { ...environment, ...connection },
  });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    complaints = (complaints + chunk.toString()).slice(-10_000);
  });
  process.on('SIGINT', () => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(undefined) : reject(error)));
    child.once('close', (code) => {
      onError(complaints);
      resolve(code ?? 1);
    });
  });
}
