import { Type, type Static } from 'typebox';
import { Fault } from '../faults/fault.ts';
import type { Region } from '../topology/regions.ts';
import { Manifest, type Clock } from './manifest.ts';

/** What a load has come to. */
export const Loaded = Type.Object({
  manifest: Manifest,
  /** The faults that were in force and stood in its way. */
  healed: Type.Array(Fault),
  /** The clocks that are as they were at the save, and those that could not be set, with why. */
  clocks: Type.Array(Fault),
  clocksLeft: Type.Array(Type.Object({ process: Type.String(), reason: Type.String() })),
});
export type Loaded = Static<typeof Loaded>;

/** The twin's faults, as a load deals with them. */
export interface LoadFaults {
  /** Heals those that are chosen. Throws where one cannot be healed. */
  heal(chosen: (fault: Fault) => boolean): Promise<readonly Fault[]>;
  /** Puts a clock's fault in force. */
  setClock(clock: Clock): Promise<Fault>;
}

/**
 * Whether a fault has to be healed before everything is loaded. Processes are ended and started, which no fault of theirs outlives; clocks come with the
 * snapshot; and no service starts without its database and its secrets. Whatever else is broken - the border, mail, queues - may stay so.
 */
export function isInTheWay({ kind, target }: Fault): boolean {
  return kind === 'process' || kind === 'clock' || /^(?:world|china):(?:postgres|secrets)$/.test(target);
}

/** The same for a region's database alone, which is ended and started while everything else runs on. */
export function isInTheDatabasesWay(region: Region): (fault: Fault) => boolean {
  return ({ kind, target }) => kind === 'process' && target === `${region}-postgres`;
}

/**
 * Heals what is in the way. Tried twice: what has been killed may not start before another fault is healed. Throws what could not be healed; nothing has been
 * loaded then.
 */
export async function clearTheWay(faults: LoadFaults, isInIt: (fault: Fault) => boolean): Promise<readonly Fault[]> {
  const healed: Fault[] = [];
  const heal = async (): Promise<void> => void healed.push(...(await faults.heal(noting)));
  const seen = new Map<string, Fault>();
  function noting(fault: Fault): boolean {
    if (!isInIt(fault)) return false;
    seen.set(fault.id, fault);
    return true;
  }
  await heal().catch(heal);
  const told = new Set(healed.map(({ id }) => id));
  return [...healed, ...[...seen.values()].filter(({ id }) => !told.has(id))];
}

/** Sets the clocks of a snapshot, one by one: those of a process that this twin has not are told. */
export async function setClocks(faults: LoadFaults, clocks: readonly Clock[]): Promise<Pick<Loaded, 'clocks' | 'clocksLeft'>> {
  const found: Pick<Loaded, 'clocks' | 'clocksLeft'> = { clocks: [], clocksLeft: [] };
  for (const clock of clocks) {
    try {
      found.clocks.push(await faults.setClock(clock));
    } catch (error) {
      found.clocksLeft.push({ process: clock.process, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return found;
}
