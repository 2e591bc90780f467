import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { Fault } from '../../faults/fault.ts';
import { seedLimit } from '../../faults/preset.ts';
import { showDuration } from '../../faults/quantities.ts';
import { readDocument } from '../../faults/schedule/document.ts';
import { planSchedule, type PlannedStep } from '../../faults/schedule/plan.ts';
import { runPlan, type Next, type ScheduleDeps, type ScheduleEvent } from '../../faults/schedule/run.ts';
import { processesOf } from '../../status/process-states.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, fetchState, requireTwin, type RunningTwin } from '../control-client.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { showFaults } from '../faults.ts';
import { healIds, healNames } from '../heal.ts';
import { layOut, print } from '../screen.ts';

interface RunOptions {
  readonly speed: number;
  readonly seed?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/** As a shell tells it: 128 and SIGINT. */
const interruptedExitCode = 130;

/** Carries a schedule out on the running twin, or shows what it would do. */
export async function runSchedule(config: CliConfig, file: string, options: RunOptions): Promise<void> {
  const { plan, seed } = readPlan(file, options.seed);
  const { json = false, speed } = options;
  const lastMs = Math.max(...plan.map(({ atMs, action }) => atMs + (action.do === 'apply' ? (action.forMs ?? 0) : 0)));
  const plural = plan.length === 1 ? 'step' : 'steps';
  if (options.dryRun === true) {
    if (json) return printLine({ event: 'plan', file, seed, lastMs, steps: plan });
    print(`${pc.bold(basename(file))}  ${plan.length} ${plural} in ${showDuration(lastMs)}, seed ${seed}`);
    return print(layOut(plan.map((step) => [clock(step.atMs), showStep(step), pc.dim(step.note ?? '')])));
  }
  const twin = await requireTwin(config.paths);
  checkProcesses(plan, twin);
  if (json) printLine({ event: 'plan', file, seed, lastMs, steps: plan });
  else
    print(
      `${pc.bold(basename(file))}  ${plan.length} ${plural} in ${showDuration(lastMs / speed)}, seed ${seed}; Ctrl-C heals what it has broken`,
    );
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const report = (event: ScheduleEvent): void => (json ? printLine(event) : print(showEvent(event, speed)));
  try {
    const left = await runPlan(plan, speed, { ...depsOf(twin), report }, stopping.signal).catch((error: unknown) => {
      throw new CommandFailure(error instanceof Error ? error.message : String(error), 'what the schedule had broken is healed', {
        cause: error,
      });
    });
    if (stopping.signal.aborted) process.exitCode = interruptedExitCode;
    else if (json) printLine({ event: 'done', left });
    else if (left.length === 0) print('Done; nothing of it is left.');
    else print(`Done. Still in force, for nothing in the schedule heals it:\n${showFaults(left)}\n\n  npm run sim -- fault heal`);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function readPlan(file: string, seed: number | undefined): { plan: readonly PlannedStep[]; seed: number } {
  try {
    const document = readDocument(readFileSync(file, 'utf8'), file);
    const used = seed ?? document.seed ?? randomInt(seedLimit);
    return { plan: planSchedule(document, used), seed: used };
  } catch (error) {
    if (error instanceof RangeError) throw new UsageFailure(error.message, 'Schedules that work are in chaos/schedules.');
    if (error instanceof Error && 'code' in error) throw new UsageFailure(`${file} cannot be read: ${error.message}`);
    throw error;
  }
}

/** Tells before the first step which process is not there. */
function checkProcesses(plan: readonly PlannedStep[], { state }: RunningTwin): void {
  for (const { action } of plan)
    if (action.do === 'apply' && action.kind === 'process') for (const name of action.targets) processesOf(state, name);
}

function depsOf(twin: RunningTwin): Omit<ScheduleDeps, 'report'> {
  const { supervisor } = twin;
  return {
    async apply({ kind, targets, params }, forMs) {
      const named = kind === 'process' ? [...new Set(targets.flatMap((name) => processesOf(twin.state, name)))] : targets;
      return Value.Parse(Type.Array(Fault), await askSupervisor(supervisor, 'POST', '/faults', { kind, targets: named, forMs, params }));
    },
    heal: async (names) => healNames({ supervisor, state: await fetchState(supervisor) }, names),
    healIds: (ids) => healIds(twin, ids),
    inForce: async () => (await fetchState(supervisor)).faults,
    nowMs: () => performance.now(),
    sleep: async (durationMs, signal) => sleep(durationMs, undefined, { signal }),
  };
}

function printLine(value: unknown): void {
  print(JSON.stringify(value));
}

function clock(atMs: number): string {
  return showDuration(Math.round(atMs / 100) * 100).padStart(10);
}

function showStep({ action }: PlannedStep): string {
  if (action.do === 'heal') return action.names.length === 0 ? 'heal all' : `heal ${action.names.join(', ')}`;
  const params = Object.entries(action.params).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const lasts = action.forMs === null ? 'until healed' : `for ${showDuration(action.forMs)}`;
  return `${action.kind} ${action.targets.join(', ')}${params.length === 0 ? '' : ` (${params.join(', ')})`}, ${lasts}`;
}

function showEvent(event: ScheduleEvent, speed: number): string {
  const at = clock(event.atMs);
  switch (event.event) {
    case 'applied': {
      const each = event.faults.map(({ kind, target, summary }) => `${kind} ${target}: ${summary}`);
      return [...each.map((line, index) => `${index === 0 ? at : ' '.repeat(10)}  ${line}`), ...showNext(event.next, speed)].join('\n');
    }
    case 'healed':
      return [
        `${at}  healed ${event.what.length === 0 ? 'nothing: there was no fault' : event.what.join(', ')}`,
        ...showNext(event.next, speed),
      ].join('\n');
    case 'over':
      return `${at}  over: ${event.faults.map(({ kind, target }) => `${kind} ${target}`).join(', ')}`;
    case 'overdue':
      return `${at}  ${pc.red('still in force:')} ${event.faults.map(({ kind, target }) => `${kind} ${target}`).join(', ')} (npm run sim:logs -- supervisor)`;
    case 'interrupted':
      return `${at}  interrupted; healed ${event.healed.length === 0 ? 'nothing, for nothing of it was in force' : event.healed.map(({ kind, target }) => `${kind} ${target}`).join(', ')}`;
  }
}

function showNext(next: Next, speed: number): string[] {
  return next === undefined ? [] : [pc.dim(`${' '.repeat(12)}next, in ${showDuration(next.inMs / speed)}: ${showStep(next.step)}`)];
}
