import { setTimeout as wait } from 'node:timers/promises';

import type { Reload, Status, Twin } from './twin.ts';

const LOOK_EVERY_MS = 300;
const WITHIN_MS = 120_000;

/** Changes files by `change`, and answers what became of it once the twin has served that or given up. */
export async function reloadBy(twin: Twin, change: () => void): Promise<Reload> {
  const before = (await twin.status()).reload?.at;
  change();
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await wait(LOOK_EVERY_MS)) {
    const { reload } = await twin.status();
    if (reload !== null && reload.at !== before && reload.state !== 'reloading') return reload;
  }
  throw new Error(
    `the twin has not served the change within ${WITHIN_MS / 1_000} s: does it watch (sim up without --no-watch and --image)?`,
  );
}

/** The processes that a service is in, in both regions, by name. */
export function processesOf({ regions, processes }: Status, service: string): string[] {
  const pids = [regions.world, regions.china].map(({ services }) => services[service]?.pid);
  return Object.entries(processes)
    .filter(([, { pid }]) => pids.includes(pid))
    .map(([name]) => name)
    .toSorted();
}

/** The pids of what runs, by name. */
export function running({ processes }: Status): Record<string, number> {
  const found = Object.entries(processes).filter(([, { state }]) => state === 'running');
  return Object.fromEntries(found.map(([name, { pid }]) => [name, pid]));
}
