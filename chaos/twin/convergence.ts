import { setTimeout as wait } from 'node:timers/promises';

import { differences, readContents, type Contents } from '../checkers/databases.ts';
import type { Twin } from './twin.ts';

/** Where the databases of a twin are. */
export interface Sides {
  readonly world: string;
  readonly china: string;
}

export async function contentsOf(databases: Sides): Promise<{ world: Contents; china: Contents }> {
  const [world, china] = await Promise.all([readContents(databases.world), readContents(databases.china)]);
  return { world, china };
}

/** What is still under way, by what it is; empty where nothing is. */
export async function residueOf(twin: Twin, contents: { world: Contents; china: Contents }): Promise<Record<string, number>> {
  const { sync } = await twin.status();
  const left: Record<string, number> = {};
  for (const [what, n] of Object.entries(contents.world.residue)) left[`world ${what}`] = n;
  for (const [what, n] of Object.entries(contents.china.residue)) left[`china ${what}`] = n;
  // -1: the twin could not tell, which is not zero.
  left['world queue'] = sync['world-china'].queued ?? -1;
  left['china queue'] = sync['china-world'].queued ?? -1;
  return Object.fromEntries(Object.entries(left).filter(([, n]) => n !== 0));
}

/** Waits until both databases are equal and nothing is under way; answers how long that took, or the time limit. */
export async function converge(twin: Twin, databases: Sides, limitMs: number): Promise<number> {
  const start = Date.now();
  for (;;) {
    const contents = await contentsOf(databases);
    if (differences(contents.world, contents.china).length === 0 && Object.keys(await residueOf(twin, contents)).length === 0)
      return Date.now() - start;
    if (Date.now() - start > limitMs) return limitMs;
    await wait(200);
  }
}
