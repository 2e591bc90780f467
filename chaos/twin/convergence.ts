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

/** What both sides held, and what was under way, when they were looked at. */
export interface Standing {
  /** From the start of the wait to this look; the time limit where they did not get there. */
  readonly afterMs: number;
  readonly contents: { readonly world: Contents; readonly china: Contents };
  /** By what it is; empty where nothing is under way. */
  readonly residue: Readonly<Record<string, number>>;
}

async function residueOf(twin: Twin, contents: Standing['contents']): Promise<Record<string, number>> {
  const { sync } = await twin.status();
  const left: Record<string, number> = {};
  for (const [what, n] of Object.entries(contents.world.residue)) left[`world ${what}`] = n;
  for (const [what, n] of Object.entries(contents.china.residue)) left[`china ${what}`] = n;
  // -1: the twin could not tell, which is not zero.
  left['world queue'] = sync['world-china'].queued ?? -1;
  left['china queue'] = sync['china-world'].queued ?? -1;
  return Object.fromEntries(Object.entries(left).filter(([, n]) => n !== 0));
}

/**
 * Waits until both databases are equal and nothing is under way, `limitMs` at most; answers that look, or the last one. Judge by what it answers
 * and by no later look: the schedule puts a sweep into each queue every few seconds, and for a moment a queue at rest is not empty.
 */
export async function converge(twin: Twin, databases: Sides, limitMs: number): Promise<Standing> {
  const start = Date.now();
  for (;;) {
    const contents = await contentsOf(databases);
    const residue = await residueOf(twin, contents);
    const elapsedMs = Date.now() - start;
    if (differences(contents.world, contents.china).length === 0 && Object.keys(residue).length === 0)
      return { afterMs: elapsedMs, contents, residue };
    if (elapsedMs > limitMs) return { afterMs: limitMs, contents, residue };
    await wait(200);
  }
}
