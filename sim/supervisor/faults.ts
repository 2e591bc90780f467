import type { AppliedFault, Fault } from '../faults/fault.ts';
import type { Registry } from './registry.ts';

/** The faults in force, each with the way back. One change at a time. */
export interface Faults {
  /**
   * Applies faults and keeps them until they are healed, or for a time. One of the same kind on the same target that is in force already is
   * healed first. Throws what `apply` throws: nothing is in force then that was not before.
   */
  add(wanted: FaultRequest): Promise<readonly Fault[]>;
  /** Heals those that are chosen, the latest first; answers them. Throws AggregateError of what could not be healed; those stay listed. */
  heal(chosen: (fault: Fault) => boolean): Promise<readonly Fault[]>;
  /** Does something while no fault is added or healed, by hand or by its time. */
  hold<Result>(work: () => Promise<Result>): Promise<Result>;
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

interface Held extends Fault {
  readonly heal: () => Promise<void>;
  timer?: NodeJS.Timeout;
}

export function createFaults(registry: Registry, report: (text: string) => void): Faults {
  let held: readonly Held[] = [];
  let count = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  function keep(now: readonly Held[]): void {
    held = now;
    registry.update({ faults: now.map(({ heal: _, timer: __, ...fault }) => fault) });
  }

  async function healNow(chosen: (fault: Fault) => boolean): Promise<Fault[]> {
    const healed: Fault[] = [];
    const failures: unknown[] = [];
    for (const fault of held.filter(chosen).toReversed()) {
      try {
        await fault.heal();
        clearTimeout(fault.timer);
        keep(held.filter((one) => one !== fault));
        const { heal: _, timer: __, ...shown } = fault;
        healed.push(shown);
        report(`healed ${fault.kind} ${fault.target}: ${fault.summary}`);
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
      heal: applied.heal,
    };
    if (wanted.forMs !== null) {
      fault.timer = setTimeout(() => {
        inTurn(() => healNow((one) => one.id === fault.id)).catch((error: unknown) => report(String(error)));
      }, wanted.forMs);
    }
    keep([...held, fault]);
    report(`fault ${fault.id}: ${fault.kind} ${fault.target}: ${fault.summary}`);
    const { heal: _, timer: __, ...shown } = fault;
    return shown;
  }

  return {
    add: (wanted) =>
      inTurn(async () => {
        const added: Fault[] = [];
        try {
          for (const target of wanted.targets) added.push(await addOne(wanted, target));
        } catch (error) {
          const ids = new Set(added.map((fault) => fault.id));
          await healNow((fault) => ids.has(fault.id));
          throw error;
        }
        return added;
      }),
    heal: (chosen) => inTurn(() => healNow(chosen)),
    hold: inTurn,
    stop() {
      for (const { timer } of held) clearTimeout(timer);
    },
  };
}
