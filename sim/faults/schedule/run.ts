import type { Fault } from '../fault.ts';
import type { Action, PlannedStep } from './plan.ts';

/** What happens while a schedule runs. Times are those of the schedule, whatever its speed. */
export type ScheduleEvent =
  | { readonly event: 'applied'; readonly atMs: number; readonly step: PlannedStep; readonly faults: readonly Fault[]; readonly next: Next }
  | { readonly event: 'healed'; readonly atMs: number; readonly step: PlannedStep; readonly what: readonly string[]; readonly next: Next }
  | { readonly event: 'over'; readonly atMs: number; readonly faults: readonly Fault[]; readonly next: Next }
  | { readonly event: 'overdue'; readonly atMs: number; readonly faults: readonly Fault[]; readonly next: Next }
  | { readonly event: 'interrupted'; readonly atMs: number; readonly healed: readonly Fault[] };

/** What comes after, and how long after; undefined where nothing does. */
export type Next = { readonly step: PlannedStep; readonly inMs: number } | undefined;

export interface ScheduleDeps {
  readonly apply: (action: Action & { readonly do: 'apply' }, forMs: number | null) => Promise<readonly Fault[]>;
  /** Answers, in words, what it healed. */
  readonly heal: (names: readonly string[]) => Promise<{ readonly faults: readonly Fault[]; readonly links: readonly string[] }>;
  readonly healIds: (ids: readonly string[]) => Promise<readonly Fault[]>;
  readonly inForce: () => Promise<readonly Fault[]>;
  readonly nowMs: () => number;
  /** Resolves after a time, or rejects once the signal is aborted. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  readonly report: (event: ScheduleEvent) => void;
}

type Entry = { readonly atMs: number; readonly step: PlannedStep } | { readonly atMs: number; readonly endOf: PlannedStep };

/** How long after its time a fault may still be there before it is called overdue. */
const graceMs = 30_000;
const pollMs = 200;

/**
 * Carries a plan out. Answers the faults of its own that are left in force, for nothing in the plan heals them. Where it is interrupted, or a step
 * fails, it heals what it has applied; a failed step is thrown then, with the number of the step.
 */
export async function runPlan(
  plan: readonly PlannedStep[],
  speed: number,
  deps: ScheduleDeps,
  signal: AbortSignal,
): Promise<readonly Fault[]> {
  const startMs = deps.nowMs();
  const atNow = (): number => Math.round((deps.nowMs() - startMs) * speed);
  const own = new Map<string, { readonly fault: Fault; readonly of: PlannedStep }>();
  const entries = entriesOf(plan);
  const waiting: Promise<void>[] = [];
  const failures: unknown[] = [];

  const forget = (gone: readonly Fault[]): void => {
    for (const { id } of gone) own.delete(id);
  };
  const nextAfter = (index: number): Next => {
    const next = entries.slice(index + 1).find((entry) => 'step' in entry);
    return next === undefined || !('step' in next) ? undefined : { step: next.step, inMs: Math.max(0, next.atMs - atNow()) };
  };

  async function take(step: PlannedStep, index: number): Promise<void> {
    const { action } = step;
    if (action.do === 'heal') {
      const healed = await deps.heal(action.names);
      forget(healed.faults);
      const what = [...healed.faults.map(({ kind, target }) => `${kind} ${target}`), ...healed.links.map((link) => `foreign ${link}`)];
      return deps.report({ event: 'healed', atMs: atNow(), step, what, next: nextAfter(index) });
    }
    const faults = await deps.apply(action, action.forMs === null ? null : action.forMs / speed);
    // One of a kind on a target takes the place of the one before.
    for (const [id, { fault }] of own) if (faults.some((one) => one.kind === fault.kind && one.target === fault.target)) own.delete(id);
    for (const fault of faults) own.set(fault.id, { fault, of: step });
    deps.report({ event: 'applied', atMs: atNow(), step, faults, next: nextAfter(index) });
  }

  const stillThere = async (faults: readonly Fault[]): Promise<readonly Fault[]> => {
    const inForce = new Set((await deps.inForce()).map(({ id }) => id));
    return faults.filter(({ id }) => inForce.has(id));
  };
  function tellOver(faults: readonly Fault[], index: number): void {
    forget(faults);
    if (faults.length > 0) deps.report({ event: 'over', atMs: atNow(), faults, next: nextAfter(index) });
  }

  /** Sees whether what was to end by itself has. What takes longer - a process that starts anew - is waited for beside the next steps. */
  async function see(step: PlannedStep, index: number): Promise<void> {
    const faults = [...own.values()].filter(({ of }) => of === step).map(({ fault }) => fault);
    const left = await stillThere(faults);
    tellOver(
      faults.filter((fault) => !left.includes(fault)),
      index,
    );
    if (left.length > 0) waiting.push(waitFor(left, index).catch((error: unknown) => void (signal.aborted || failures.push(error))));
  }

  async function waitFor(faults: readonly Fault[], index: number): Promise<void> {
    const giveUpMs = deps.nowMs() + graceMs;
    let left = faults;
    while (left.length > 0 && deps.nowMs() < giveUpMs) {
      await deps.sleep(pollMs, signal);
      left = await stillThere(left);
    }
    tellOver(
      faults.filter((fault) => !left.includes(fault)),
      index,
    );
    if (left.length > 0) deps.report({ event: 'overdue', atMs: atNow(), faults: left, next: nextAfter(index) });
  }

  try {
    for (const [index, entry] of entries.entries()) {
      await deps.sleep(Math.max(0, startMs + entry.atMs / speed - deps.nowMs()), signal);
      if ('endOf' in entry) await see(entry.endOf, index);
      else
        await take(entry.step, index).catch((error: unknown) => {
          if (signal.aborted) throw error;
          throw new Error(`step ${entry.step.step} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
        });
    }
    await Promise.all(waiting);
    if (failures.length > 0) throw failures[0];
    signal.throwIfAborted();
  } catch (error) {
    await Promise.all(waiting);
    const healed = await deps.healIds([...own.keys()]);
    if (!signal.aborted) throw error;
    deps.report({ event: 'interrupted', atMs: atNow(), healed });
    return [];
  }
  return stillThere([...own.values()].map(({ fault }) => fault));
}

/** The steps with the ends of those that last a time, each at its own time. */
function entriesOf(plan: readonly PlannedStep[]): Entry[] {
  const ends = plan.flatMap((step): Entry[] =>
    step.action.do === 'apply' && step.action.forMs !== null ? [{ atMs: step.atMs + step.action.forMs, endOf: step }] : [],
  );
  return [...ends, ...plan.map((step) => ({ atMs: step.atMs, step }))].toSorted((a, b) => a.atMs - b.atMs);
}
