import { DeadLetterPage, Discarded, ParkedPage, Redriven, Released, SyncStatus } from '#contracts/sync-admin.ts';

import { messageOf } from '#platform/errors.ts';

import { demand } from './client.ts';
import { CommandFailure, UsageFailure } from './failure.ts';
import { print, printJson } from './screen.ts';
import type { Target } from './targets.ts';
import { fromEach, readPages, single } from './views.ts';

export interface ChangeOptions {
  readonly reason: string;
  readonly json?: true;
}

/** Pauses or resumes the direction that starts in each region. */
export async function switchDirections(
  targets: readonly Target[],
  action: 'pause' | 'resume',
  { reason, json }: ChangeOptions,
): Promise<void> {
  const { answers, failure } = await fromEach(targets, (target) =>
    demand(
      target,
      { path: `/v1/sync/${action}`, body: { reason }, answer: SyncStatus },
      `the direction that starts in ${target.region} is not paused: nothing to ${action}`,
    ),
  );
  if (json === true) printJson(Object.fromEntries(answers));
  else
    for (const { direction } of answers.values())
      print(`  ${direction.name} is ${action === 'pause' ? 'paused: its worker takes nothing from the queue' : 'resumed'}`);
  if (failure !== undefined) throw failure;
}

export interface WaitingOptions extends ChangeOptions {
  readonly all?: true;
  readonly entity?: string;
}

const EVERYTHING = 10_000;

/** Redrives dead letters by id, or all. */
export async function redrive(targets: readonly Target[], ids: readonly string[], options: WaitingOptions): Promise<void> {
  const target = single(targets, 'dead letter');
  const wanted = ids.length > 0 ? ids : (await lettersOf(target, options)).map(({ id }) => id);
  await eachOf(wanted, options, async (id) => {
    const path = `/v1/sync/dead-letters/${encodeURIComponent(id)}/redrive`;
    const answer = await demand(
      target,
      { path, body: { reason: options.reason }, answer: Redriven },
      `${target.region} has no dead letter ${id}`,
    );
    const { entity, key, version, released } = answer;
    const what =
      released === null
        ? `goes out as it is now, version ${version}`
        : `was tried: ${released.outcome}${released.reason === null ? '' : ` (${released.reason})`}`;
    return { answer, line: `${entity} ${key} ${what}` };
  });
}

/** Tries parked items now: one by entity and key, or all. */
export async function release(targets: readonly Target[], at: readonly string[], options: WaitingOptions): Promise<void> {
  const target = single(targets, 'parked item');
  const still: string[] = [];
  const items = await parkedOf(target, at, options);
  await eachOf(items, options, async ({ entity, key }) => {
    const body = { entity, key, reason: options.reason };
    const answer = await demand(
      target,
      { path: '/v1/sync/parked/release', body, answer: Released },
      `${target.region} has nothing parked at ${entity} ${key}`,
    );
    if (answer.outcome === 'parked') still.push(key);
    return {
      answer: { entity, key, ...answer },
      line: `${entity} ${key} ${answer.outcome}${answer.reason === null ? '' : ` (${answer.reason})`}`,
    };
  });
  if (still.length === 0) return;
  throw new CommandFailure(
    items.length === 1 ? 'it is still parked' : `${still.length} of ${items.length} are still parked`,
    `npm run sync -- parked --region ${target.region}   says what each waits for; docs/operations.md what to do about it`,
  );
}

/** Gives up a parked item (entity and key) or a dead letter (id). */
export async function discard(targets: readonly Target[], what: readonly string[], options: ChangeOptions): Promise<void> {
  const [first = '', second] = what;
  const target = single(targets, second === undefined ? 'dead letter' : 'parked item');
  if (second === undefined && !/^[0-9]+$/.test(first)) {
    throw new UsageFailure(`${first} is no id of a dead letter`, 'npm run sync -- discard ENTITY KEY   gives up a parked item');
  }
  await eachOf([what], options, async () => {
    const { reason } = options;
    const request =
      second === undefined
        ? { path: `/v1/sync/dead-letters/${encodeURIComponent(first)}/discard`, body: { reason }, answer: Discarded }
        : { path: '/v1/sync/parked/discard', body: { entity: first, key: second, reason }, answer: Discarded };
    const answer = await demand(
      target,
      request,
      second === undefined ? `${target.region} has no dead letter ${first}` : `${target.region} has nothing parked at ${first} ${second}`,
    );
    const end = second === undefined ? 'is gone for good' : 'is a dead letter now';
    return { answer, line: `${answer.entity} ${answer.key} ${end}` };
  });
}

async function lettersOf(target: Target, { all, entity }: WaitingOptions): Promise<readonly { id: string }[]> {
  if (all !== true) throw new UsageFailure('name the ids of dead letters, or say --all', 'npm run sync -- dead-letters   lists them');
  const read = { limit: EVERYTHING, ...(entity === undefined ? {} : { entity }) };
  return (await readPages(target, '/v1/sync/dead-letters', DeadLetterPage, read)).items;
}

async function parkedOf(
  target: Target,
  at: readonly string[],
  options: WaitingOptions,
): Promise<readonly { entity: string; key: string }[]> {
  const [entity, key] = at;
  if (entity !== undefined && key !== undefined) return [{ entity, key }];
  if (options.all !== true || entity !== undefined) {
    throw new UsageFailure('name the entity and the key of a parked item, or say --all', 'npm run sync -- parked   lists them');
  }
  const read = { limit: EVERYTHING, ...(options.entity === undefined ? {} : { entity: options.entity }) };
  return (await readPages(target, '/v1/sync/parked', ParkedPage, read)).items;
}

/** Does one after the other; what fails is told, does not keep the others from being done, and fails the command. */
async function eachOf<Item>(
  items: readonly Item[],
  { json }: ChangeOptions,
  work: (item: Item) => Promise<{ answer: unknown; line: string }>,
): Promise<void> {
  const answers: unknown[] = [];
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      const { answer, line } = await work(item);
      answers.push(answer);
      if (json !== true) print(`  ${line}`);
    } catch (error) {
      failures.push(error);
    }
  }
  if (json === true) printJson(answers);
  else if (items.length === 0) print('  there is nothing to do');
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new CommandFailure(`${failures.length} of ${items.length} failed; the first: ${messageOf(first)}`);
}
