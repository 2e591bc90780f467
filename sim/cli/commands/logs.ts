import { existsSync, openSync, readSync, closeSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { findProcesses } from '../../status/process-states.ts';
import { tailFile } from '../../supervisor/log-file.ts';
import { readState } from '../../supervisor/state.ts';
import type { CliConfig } from '../config.ts';
import { CommandFailure } from '../failure.ts';
import { print } from '../screen.ts';

const pollMs = 200;

/** Shows the ends of logs; they can be read after the twin is down, too. */
export async function logs(
  config: CliConfig,
  names: readonly string[],
  options: { readonly follow?: true; readonly lines: number },
): Promise<void> {
  const files = chooseLogs(config, names);
  for (const file of files) for (const line of tailFile(file, options.lines)) print(prefix(file, files.length) + line);
  if (options.follow !== true) return;
  const end = new AbortController();
  process.once('SIGINT', () => end.abort());
  await followLogs(config, names, end.signal);
}

/** Shows what is written to logs from now on, until the signal; a log that appears later is shown too. */
export async function followLogs(config: CliConfig, names: readonly string[], signal: AbortSignal): Promise<void> {
  const read = new Map(chooseLogs(config, names).map((file) => [file, statSync(file).size]));
  while (!signal.aborted) {
    const files = chooseLogs(config, names);
    for (const file of files) read.set(file, showNew(file, read.get(file) ?? 0, files.length));
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Shows the whole lines after an offset and returns where the next begins. */
function showNew(path: string, from: number, fileCount: number): number {
  if (!existsSync(path)) return 0;
  const size = statSync(path).size;
  const start = size < from ? 0 : from;
  const content = Buffer.alloc(size - start);
  const file = openSync(path, 'r');
  readSync(file, content, 0, content.length, start);
  closeSync(file);
  const whole = content.lastIndexOf(10) + 1;
  const lines = content.subarray(0, whole).toString('utf8').split('\n');
  for (const line of lines.slice(0, -1)) print(prefix(path, fileCount) + line);
  return start + whole;
}

function chooseLogs(config: CliConfig, names: readonly string[]): string[] {
  const { paths } = config;
  const entries = existsSync(paths.logs) ? readdirSync(paths.logs) : [];
  const present = entries.filter((entry) => entry.endsWith('.log')).map((entry) => entry.slice(0, -4));
  if (present.length === 0) throw new CommandFailure('there are no logs yet', 'npm run sim:up');
  if (names.length === 0) return present.toSorted().map(paths.log);
  const state = readState(paths);
  const chosen = names.flatMap((name) => {
    const found = present.includes(name) ? [name] : state === undefined ? [] : findProcesses(state, name);
    const logged = found.filter((process) => present.includes(process));
    if (logged.length > 0) return logged;
    throw new CommandFailure(`there is no log of ${name}`, `There are logs of ${present.toSorted().join(', ')}.`);
  });
  return [...new Set(chosen)].map(paths.log);
}

function prefix(path: string, fileCount: number): string {
  return fileCount > 1 ? pc.dim(`${basename(path, '.log').padEnd(14)} | `) : '';
}
