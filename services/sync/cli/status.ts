import type { Static } from 'typebox';

import { SyncStatus } from '#contracts/sync-admin.ts';

import { demand } from './client.ts';
import { layOut, print, printJson, showMs } from './screen.ts';
import type { Target } from './targets.ts';
import { fromEach, type ViewOptions } from './views.ts';

/** One region's status. Throws CommandFailure. */
export const readStatus = (target: Target): Promise<Static<typeof SyncStatus>> =>
  demand(target, { path: '/v1/sync/status', answer: SyncStatus }, `${target.url} has no operators' API`);

export async function status(targets: readonly Target[], options: ViewOptions): Promise<void> {
  const { answers, failure } = await fromEach(targets, readStatus);
  if (options.json === true) printJson(Object.fromEntries(answers));
  else if (answers.size > 0) print(layOut([statusHead, ...[...answers.values()].map(statusRow)]));
  for (const line of options.json === true ? [] : [...answers.values()].flatMap(remarks)) print(`\n  ${line}`);
  if (failure !== undefined) throw failure;
}

const statusHead = [
  'direction',
  'state',
  'outbox',
  'oldest',
  'queued',
  'unanswered for',
  'lag',
  'p50',
  'p99',
  '|',
  'region',
  'parked',
  'oldest',
  'dead letters',
  'conflicts',
];
const statusRow = ({ region, direction, ...rest }: Static<typeof SyncStatus>): string[] => [
  direction.name,
  direction.state,
  String(direction.outbox),
  showMs(direction.outboxOldestMs),
  direction.queued === null ? '?' : String(direction.queued),
  showMs(direction.unansweredOldestMs),
  showMs(direction.lagMs),
  showMs(direction.lagP50Ms),
  showMs(direction.lagP99Ms),
  '|',
  region,
  String(rest.parked),
  showMs(rest.parkedOldestMs),
  String(rest.deadLetters),
  String(rest.conflicts),
];

/** What the table does not say: why a direction stands still, what waits for an operator, and what a reconciliation is at. */
function remarks({ region, direction, needsOperator, deadLetters, filling, reconciling }: Static<typeof SyncStatus>): string[] {
  const lines: string[] = [];
  if (direction.reason !== null) lines.push(`${direction.name}  ${direction.reason}`);
  if (needsOperator > 0)
    lines.push(`${region}  ${needsOperator} parked for an operator: nothing else frees them.   npm run sync -- parked --region ${region}`);
  if (deadLetters > 0) lines.push(`${region}  ${deadLetters} given up.   npm run sync -- dead-letters --region ${region}`);
  if (reconciling !== null) {
    const { id, fill, dryRun, pass, atEntity, state, reason } = reconciling;
    const what = fill ? 'a fill' : dryRun ? 'a reconciliation (dry run)' : 'a reconciliation';
    const how =
      state === 'running' ? `is at ${atEntity ?? 'its beginning'}, pass ${pass}` : 'was interrupted; a sweep tries to go on with it';
    lines.push(`${region}  ${what}, run ${id}, ${how}${reason === null ? '' : `: ${reason}`}`);
  } else if (filling)
    lines.push(`${region}  is declared as being filled, and no run fills it.   npm run sync -- reconcile --region ${region} --fill`);
  return lines;
}
