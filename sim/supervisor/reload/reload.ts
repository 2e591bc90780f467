import type { ProcessSpec } from '../../topology/processes.ts';
import type { Registry } from '../registry.ts';
import type { Reload } from '../state.ts';
import type { Twin } from '../twin.ts';
import { affectedBy } from './affected.ts';
import { reasonOf } from './reason.ts';

export interface ReloaderDeps {
  readonly registry: Registry;
  readonly twin: Pick<Twin, 'reload' | 'rehearse' | 'restart' | 'migrate'>;
  readonly specs: readonly ProcessSpec[];
  readonly checkTypes: (signal: AbortSignal) => Promise<readonly string[]>;
  readonly nowMs: () => number;
  readonly report: (text: string) => void;
  /** What changes before this resolves waits for it. */
  readonly started: Promise<unknown>;
}

export interface Reloader {
  /** Starts anew what these files (below `services`) concern, one change after the other; what changes meanwhile is taken together. */
  changed(files: readonly string[]): void;
  stop(): void;
}

/** Keeps the running services those of the files: a change is served as soon as its processes are ready, and one that does not start changes nothing. */
export function createReloader({ registry, twin, specs, checkTypes, nowMs, report, started }: ReloaderDeps): Reloader {
  const waiting = new Set<string>();
  let underWay = false;
  let checking: AbortController | undefined;

  function tell(reload: Reload): void {
    registry.update({ reload });
  }

  async function next(): Promise<void> {
    const files = [...waiting].toSorted();
    waiting.clear();
    const there = specs.filter(({ region }) => region === undefined || registry.state.regions.includes(region));
    const { processes, migrate } = affectedBy(files, there);
    if (processes.length === 0) return;
    // The check of an earlier change is of no interest any more, and in the way.
    checking?.abort();
    const beganMs = nowMs();
    const at = new Date(beganMs).toISOString();
    const begun: Reload = { processes: [...processes], files, at, state: 'reloading', tookMs: null, error: null, typeErrors: null };
    tell(begun);
    report(`${files.join(', ')} changed; starting ${processes.join(', ')} anew`);
    const error = await attempt(processes, migrate);
    const tookMs = nowMs() - beganMs;
    report(error === null ? `serving the change after ${tookMs} ms` : `the change is not served: ${error}`);
    tell({ ...begun, state: error === null ? 'reloaded' : 'failed', tookMs, error });
    void types(at);
  }

  /** A front keeps the port that its clients know, so the old one has to end first: not before it is known that another one starts. */
  async function renew(name: string): Promise<void> {
    if (specs.some((spec) => spec.name === name && spec.succeeded === true)) return twin.reload(name);
    await twin.rehearse(name);
    await twin.restart(name);
  }

  /** Null, or why the old ones serve on. */
  async function attempt(processes: readonly string[], migrate: boolean): Promise<string | null> {
    try {
      if (migrate) await twin.migrate();
      const outcomes = await Promise.allSettled(processes.map(renew));
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [reasonOf(outcome.reason)] : []));
      return reasons.length === 0 ? null : [...new Set(reasons)].join('\n');
    } catch (error) {
      return reasonOf(error);
    }
  }

  async function types(at: string): Promise<void> {
    const own = (checking = new AbortController());
    const typeErrors = await checkTypes(own.signal);
    if (own.signal.aborted) return;
    const { reload } = registry.state;
    if (reload?.at !== at) return;
    tell({ ...reload, typeErrors: [...typeErrors] });
    for (const complaint of typeErrors) report(complaint);
  }

  async function drain(): Promise<void> {
    underWay = true;
    try {
      await started;
      while (waiting.size > 0) await next();
    } finally {
      underWay = false;
    }
  }

  return {
    changed(files) {
      for (const file of files) waiting.add(file);
      if (!underWay) drain().catch((error: unknown) => report(`reloading failed: ${String(error)}`));
    },
    stop() {
      waiting.clear();
      checking?.abort();
    },
  };
}
