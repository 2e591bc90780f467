import type { AppliedFault, Fault, Inheritance } from '../faults/fault.ts';
import type { Registry } from './registry.ts';

/** What changes the faults in force. */
export interface FaultChanges {
  /**
   * Applies faults and keeps them until they are healed, or for a time. One of the same kind on the same target that is in force already is
   * healed first. Throws what `apply` throws: nothing is in force then that was not before.
   */
  add(wanted: FaultRequest): Promise<readonly Fault[]>;
  /** Heals those that are chosen, the latest first; answers them. Throws AggregateError of what could not be healed; those stay listed. */
  heal(chosen: (fault: Fault) => boolean): Promise<readonly Fault[]>;
}

/** The faults in force, each with the way back. One change at a time. */
export interface Faults extends FaultChanges {
  /** Puts in force again what was forgotten by what now announces itself anew at this address. A fault for which that fails is said to be gone. */
  restore(address: string): Promise<void>;
  /**
   * Has done what is due at this step to a process that takes the place of a broken one of this name: `step` answers it, or undefined where nothing is. A fault for
   * which that fails is said to be gone.
   */
  inherit(process: string, step: (inheritance: Inheritance) => (() => Promise<void> | void) | undefined): Promise<void>;
  /** Brings the summaries up to date that change: counts. */
  refresh(): Promise<void>;
  /** Does something while no fault is added or healed, by hand or by its time: it alone changes them, by what it is given. */
  hold<Result>(work: (changes: FaultChanges) => Promise<Result>): Promise<Result>;
  /** Forgets that faults were to heal by themselves, and heals nothing: the twin is stopping. */
  stop(): void;
}

export interface FaultRequest {
  readonly kind: string;
  readonly targets: readonly string[];
  /** How long it lasts; null until it is healed. */
  readonly forMs: number | null;
  readonly apply: (target: string) => Promise<AppliedFault>;
}

/** Kept with its way back; `summary` changes with what it does. */
interface Held extends Fault {
  readonly applied: AppliedFault;
  timer?: NodeJS.Timeout;
}

/** A count that does not come at once is shown as it was. */
const REFRESH_WITHIN_MS = 1_000;

export function createFaults(registry: Registry, report: (text: string) => void): Faults {
  let held: readonly Held[] = [];
  /** Ids of those that are listed, and yet not in force. */
  const gone = new Set<string>();
  let count = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  function keep(now: readonly Held[]): void {
    held = now;
    registry.update({ faults: now.map(shown) });
  }

  async function healNow(chosen: (fault: Fault) => boolean): Promise<Fault[]> {
    const healed: Fault[] = [];
    const failures: unknown[] = [];
    for (const fault of held.filter(chosen).toReversed()) {
      try {
        const done = await fault.applied.heal();
        clearTimeout(fault.timer);
        keep(held.filter((one) => one !== fault));
        const summary = done ?? fault.summary;
        healed.push({ ...shown(fault), summary });
        report(`healed ${fault.kind} ${fault.target}: ${summary}`);
      } catch (error) {
        failures.push(
          new Error(`${fault.target} could not be healed: ${error instanceof Error ? error.message : String(error)}`, { cause: error }),
        );
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, failures.map((failure) => (failure instanceof Error ? failure.message : '')).join('; '));
    return healed;
  }

  async function addOne(wanted: FaultRequest, target: string): Promise<Fault> {
    await healNow((fault) => fault.kind === wanted.kind && fault.target === target);
    const applied = await wanted.apply(target);
    const nowMs = Date.now();
    const fault: Held = {
      id: `f${(count += 1)}`,
      kind: applied.kind,
      target: applied.target,
      summary: applied.summary,
      since: new Date(nowMs).toISOString(),
      until: wanted.forMs === null ? null : new Date(nowMs + wanted.forMs).toISOString(),
      applied,
    };
    if (wanted.forMs !== null) {
      fault.timer = setTimeout(() => {
        inTurn(() => healNow((one) => one.id === fault.id)).catch((error: unknown) => report(String(error)));
      }, wanted.forMs);
    }
    keep([...held, fault]);
    report(`fault ${fault.id}: ${fault.kind} ${fault.target}: ${fault.summary}`);
    return shown(fault);
  }

  function say(fault: Held, summary: string): void {
    keep(held.map((one) => (one.id === fault.id ? Object.assign(one, { summary }) : one)));
  }

  async function refresh(fault: Held): Promise<void> {
    if (gone.has(fault.id)) return;
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, REFRESH_WITHIN_MS, undefined).unref());
    // What cannot be asked just now is told of as it was.
    const summary = await Promise.race([fault.applied.summarize?.().catch(() => undefined), late]);
    if (summary !== undefined && summary !== fault.summary) say(fault, summary);
  }

  /** Not in turn: the restart that this belongs to may be a fault's way back. */
  async function putBack(fault: Held, what: string, again: () => Promise<void> | void): Promise<void> {
    try {
      await again();
      if (gone.delete(fault.id)) say(fault, fault.applied.summary);
      report(`fault ${fault.id} is in force again: ${what} began anew`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      gone.add(fault.id);
      say(fault, `${fault.applied.summary}; gone since ${what} began anew (${reason})`);
      report(`fault ${fault.id} is gone: ${reason}`);
    }
  }

  async function addNow(wanted: FaultRequest): Promise<Fault[]> {
    const added: Fault[] = [];
    try {
      for (const target of wanted.targets) added.push(await addOne(wanted, target));
    } catch (error) {
      const ids = new Set(added.map((fault) => fault.id));
      await healNow((fault) => ids.has(fault.id));
      throw error;
    }
    return added;
  }

  return {
    add: (wanted) => inTurn(() => addNow(wanted)),
    heal: (chosen) => inTurn(() => healNow(chosen)),
    async restore(address) {
      for (const fault of held) {
        const { restored } = fault.applied;
        if (restored?.on.includes(address) === true) await putBack(fault, address, () => restored.again());
      }
    },
    async inherit(process, step) {
      for (const fault of held) {
        if (fault.target !== process || fault.applied.inherited === undefined) continue;
        const again = step(fault.applied.inherited);
        if (again !== undefined) await putBack(fault, process, again);
      }
    },
    async refresh() {
      await Promise.all(held.map((fault) => refresh(fault)));
    },
    hold: (work) => inTurn(() => work({ add: addNow, heal: healNow })),
    stop() {
      for (const { timer } of held) clearTimeout(timer);
    },
  };
}

function shown(held: Held): Fault {
  const { applied: _, timer: __, ...fault } = held;
  return fault;
}
