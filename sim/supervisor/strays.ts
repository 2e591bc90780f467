import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { dirname, join } from 'node:path';

import { outsideFolder } from '../postgres/identity.ts';
import { regions } from '../topology/regions.ts';
import { identify, isAlive, send, type ProcessIdentity } from './process-identity.ts';
import type { TwinPaths } from './state.ts';

const GRACE_MS = 5_000;

/**
 * What the last supervisor started and still runs, told by the mark that each process of that run has in its environment, and a PostgreSQL, which writes over its
 * own, by the folder that it serves: for where the state cannot be read - it is damaged, or of another version. Empty where there is no mark, or no /proc.
 */
export function straysOf(paths: TwinPaths): ProcessIdentity[] {
  const marker = markerOf(paths);
  if (marker === undefined || process.platform !== 'linux') return [];
  const entriesOf = (pid: string, file: 'environ' | 'cmdline'): string[] => readFileSync(`/proc/${pid}/${file}`, 'latin1').split('\0');
  const folders = regions.flatMap((region) => {
    const wanted = paths.postgres(region);
    return [wanted, join(outsideFolder(dirname(wanted)), region)];
  });
  const serves = (command: readonly string[]): boolean => folders.includes(command[command.indexOf('-D') + 1] ?? '');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    try {
      return entriesOf(pid, 'environ').includes(marker) || serves(entriesOf(pid, 'cmdline')) ? [identify(Number(pid))] : [];
    } catch {
      // It has ended, or is somebody else's.
      return [];
    }
  });
}

function markerOf({ marker }: TwinPaths): string | undefined {
  try {
    return readFileSync(marker, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Ends what straysOf finds: SIGINT, by which PostgreSQL ends in good order, and SIGKILL for what does not hear it. */
export async function endStrays(paths: TwinPaths): Promise<void> {
  for (const [signal, graceMs] of [
    ['SIGINT', GRACE_MS],
    ['SIGKILL', GRACE_MS],
  ] as const) {
    const strays = straysOf(paths);
    for (const { pid } of strays) send(pid, signal);
    const end = performance.now() + graceMs;
    while (strays.some(isAlive) && performance.now() < end) await sleep(25);
  }
}
