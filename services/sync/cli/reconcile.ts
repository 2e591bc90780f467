import { setTimeout as sleep } from 'node:timers/promises';

import { Done, Findings, ReconcileRuns, ReconcileStarted, type ReconcileRun } from '#contracts/sync-admin.ts';

import type { ChangeOptions } from './changes.ts';
import { demand } from './client.ts';
import { CommandFailure, UsageFailure } from './failure.ts';
import { layOut, note, print, printJson, showTime } from './screen.ts';
import { readStatus } from './status.ts';
import type { Target } from './targets.ts';
import { single } from './views.ts';

export interface ReconcileOptions extends ChangeOptions {
  readonly entity?: string;
  readonly dryRun?: true;
  readonly deep?: true;
  readonly fill?: true;
  readonly wait: boolean;
  readonly list?: true;
  readonly findings?: string;
  readonly continue?: string;
  readonly cancel?: string;
}

const POLL_MS = 500;
/** Who reads a file of what was said wants to know that it goes on, not each step. */
const SILENT_MS = 10_000;

/** Begins a reconciliation and waits for its end, or lists, continues and cancels them. */
export async function reconcile(targets: readonly Target[], options: ReconcileOptions): Promise<void> {
  const target = single(targets, 'reconciliation');
  const { reason, json } = options;
  const ways = (['list', 'findings', 'continue', 'cancel'] as const).filter((way) => options[way] !== undefined);
  if (ways.length > 1) throw new UsageFailure(`--${ways.join(' and --')} do not go together`, 'Leave out all but one.');
  if (options.list === true) return showRuns(target.region, await runsOf(target), json);
  if (options.findings !== undefined) return showFindings(target, options.findings, json);
  if (options.cancel !== undefined) return change(target, options.cancel, 'cancel', reason, json);
  if (options.fill === true && options.entity !== undefined)
    throw new UsageFailure(
      'a region is filled as a whole',
      'Leave out --entity, or leave out --fill: what differs is repaired without it.',
    );
  if (options.continue !== undefined) await change(target, options.continue, 'resume', reason, undefined);
  const id = options.continue ?? (await begin(target, options));
  if (!options.wait) return json === true ? printJson({ id }) : print(`  run ${id} has begun`);
  await tellOfStandstill(target);
  const leaving = (): void => {
    note(`\n  run ${id} goes on: npm run sync -- reconcile --region ${target.region} --list, or --cancel ${id}`);
    process.exit(130);
  };
  process.once('SIGINT', leaving);
  const run = await untilEnd(target, id);
  process.off('SIGINT', leaving);
  showRuns(target.region, [run], json);
  if (run.state !== 'done') {
    throw new CommandFailure(
      `run ${id} is ${run.state}${run.reason === null ? '' : `: ${run.reason}`}`,
      `npm run sync -- reconcile --continue ${id}`,
    );
  }
}

async function begin(target: Target, options: ReconcileOptions): Promise<string> {
  const { reason, entity, dryRun = false, deep = false, fill = false } = options;
  const body = { reason, dryRun, deep, fill, ...(entity === undefined ? {} : { entity }) };
  return (
    await demand(
      target,
      { path: '/v1/sync/reconcile', body, answer: ReconcileStarted },
      `${entity ?? 'that'} is not synced in ${target.region}`,
    )
  ).id;
}

/** What is sent again goes out over the direction as it is: a run that repairs waits for it. */
async function tellOfStandstill(target: Target): Promise<void> {
  const { direction } = await readStatus(target);
  if (direction.state !== 'paused' && direction.state !== 'stalled') return;
  note(
    `  ${direction.name} stands still (${direction.reason ?? direction.state}): what is under way there is no difference yet, and what is sent again waits for that to end`,
  );
}

async function change(target: Target, id: string, action: 'resume' | 'cancel', reason: string, json: true | undefined): Promise<void> {
  const path = `/v1/sync/reconcile/${encodeURIComponent(id)}/${action}`;
  const answer = await demand(
    target,
    { path, body: { reason }, answer: Done },
    `${target.region} has no run ${id} to ${action}: reconcile --list says what has become of it`,
  );
  if (json === true) printJson(answer);
  else note(`  run ${id} ${action === 'cancel' ? 'is cancelled' : 'goes on'}`);
}

async function runsOf(target: Target): Promise<readonly ReconcileRun[]> {
  return (await demand(target, { path: '/v1/sync/reconcile', answer: ReconcileRuns }, `${target.url} has no operators' API`)).items;
}

async function untilEnd(target: Target, id: string): Promise<ReconcileRun> {
  let told = '';
  let toldAtMs = Date.now();
  for (;;) {
    const run = (await runsOf(target)).find((one) => one.id === id);
    if (run === undefined) throw new CommandFailure(`run ${id} is not among the latest of ${target.region}`);
    if (run.state !== 'running') return run;
    const progress = `  pass ${run.pass}, ${run.atEntity ?? 'beginning'}: ${run.counts['ownKeys'] ?? 0} keys compared, ${run.counts['differing'] ?? 0} differ${run.reason === null ? '' : `; ${run.reason}`}`;
    if (progress !== told && (process.stderr.isTTY || Date.now() - toldAtMs > SILENT_MS)) {
      note(progress);
      toldAtMs = Date.now();
    }
    told = progress;
    await sleep(POLL_MS);
  }
}

async function showFindings(target: Target, id: string, json: true | undefined): Promise<void> {
  const path = `/v1/sync/reconcile/${encodeURIComponent(id)}/findings`;
  const { items } = await demand(target, { path, answer: Findings }, `${target.region} has no run ${id}`);
  if (json === true) printJson(items);
  else print(items.length === 0 ? '  nothing was found' : layOut(items.map(({ entity, key, kind }) => [entity, key, kind])));
}

function showRuns(region: string, runs: readonly ReconcileRun[], json: true | undefined): void {
  if (json === true) return printJson(runs);
  if (runs.length === 0) return print(`  ${region} has run no reconciliation; runs are each region's own`);
  const head = [
    'id',
    'began',
    'state',
    'entity',
    'how',
    'compared',
    'differed',
    'under way',
    'given up',
    'sent again',
    'asked for',
    'findings',
  ];
  const rows = runs.map(({ id, startedAt, state, entity, dryRun, deep, fill, counts }) => [
    id,
    showTime(startedAt),
    state,
    entity ?? 'all',
    [dryRun ? 'dry run' : '', deep ? 'deep' : '', fill ? 'fill' : ''].filter(Boolean).join(', ') || '-',
    ...['ownKeys', 'differing', 'inFlight', 'refused'].map((name) => String(counts[name] ?? 0)),
    // In a dry run: what would have been.
    ...['pointed', 'asked'].map((name) => (dryRun ? `0 (of ${counts[name] ?? 0})` : String(counts[name] ?? 0))),
    String(counts['findings'] ?? 0),
  ]);
  print(layOut([head, ...rows]));
  for (const { id, reason } of runs) if (reason !== null) print(`\n  ${id}  ${reason}`);
}
