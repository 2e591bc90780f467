import type { Static, TSchema } from 'typebox';

import { AuditPage, ConflictDetail, ConflictPage, DeadLetterPage, ParkedPage, type PageOf } from '#contracts/sync-admin.ts';
import type { Region } from '#contracts/regions.ts';

import { demand } from './client.ts';
import { UsageFailure } from './failure.ts';
import { layOut, note, print, printJson, showTime } from './screen.ts';
import type { Target } from './targets.ts';

export interface ViewOptions {
  readonly json?: true;
}

export interface ListOptions extends ViewOptions {
  readonly entity?: string;
  readonly key?: string;
  readonly limit: number;
}

/** Asks every region; what one does not answer is told with the others' answers, and fails the command. */
export async function fromEach<Answer>(
  targets: readonly Target[],
  work: (target: Target) => Promise<Answer>,
): Promise<{ answers: Map<Region, Answer>; failure: unknown }> {
  const settled = await Promise.allSettled(targets.map(work));
  const answers = new Map<Region, Answer>();
  let failure: unknown;
  for (const [index, { region }] of targets.entries()) {
    const result = settled[index];
    if (result?.status === 'fulfilled') answers.set(region, result.value);
    else failure ??= result?.reason;
  }
  return { answers, failure };
}

const PAGE = 200;

/** Some rows of a list, and whether there are more. */
export interface Rows<Item> {
  readonly items: readonly Item[];
  readonly more: boolean;
}

/** Rows of a list whose pages are `answer`, from page to page, `limit` at most. */
export async function readPages<Item extends TSchema>(
  target: Target,
  path: string,
  answer: PageOf<Item>,
  options: { readonly entity?: string; readonly key?: string; readonly limit: number },
): Promise<Rows<Static<Item>>> {
  const items: Static<Item>[] = [];
  let cursor: string | undefined;
  for (let left = options.limit; left > 0;) {
    const query = { entity: options.entity, key: options.key, limit: String(Math.min(left, PAGE)), cursor };
    const page: Static<PageOf<Item>> = await demand(target, { path, query, answer }, `${target.url} has no operators' API`);
    items.push(...page.items);
    left -= page.items.length;
    if (page.pageInfo.nextCursor === null) return { items, more: false };
    cursor = page.pageInfo.nextCursor;
  }
  return { items, more: true };
}

/** What a list was asked for alone. */
function filtered({ entity, key }: Pick<ListOptions, 'entity' | 'key'>): string {
  const parts = [entity === undefined ? [] : [`entity ${entity}`], key === undefined ? [] : [`key ${key}`]].flat();
  return parts.length === 0 ? '' : ` of ${parts.join(', ')}`;
}

/** One list of each region, as a table or as JSON. */
async function list<Item>(
  targets: readonly Target[],
  options: ListOptions,
  read: (target: Target) => Promise<Rows<Item>>,
  table: { readonly head: readonly string[]; readonly row: (item: Item) => readonly string[]; readonly nothing: string },
): Promise<void> {
  const { answers, failure } = await fromEach(targets, read);
  if (options.json === true) printJson(Object.fromEntries([...answers].map(([region, { items }]) => [region, items])));
  else {
    const rows = [...answers].flatMap(([region, { items }]) => items.map((item) => [region, ...table.row(item)]));
    if (rows.length > 0) print(layOut([['region', ...table.head], ...rows]));
    else if (answers.size > 0) print(`  ${table.nothing}${filtered(options)}`);
  }
  for (const [region, { items, more }] of answers)
    if (more) note(`\n  ${region} has more than these ${items.length}: --limit ${items.length * 10}`);
  if (failure !== undefined) throw failure;
}

export const conflicts = (targets: readonly Target[], options: ListOptions): Promise<void> =>
  list(targets, options, async (target) => readPages(target, '/v1/sync/conflicts', ConflictPage, options), {
    head: ['id', 'detected', 'entity', 'key', 'won', 'lost', 'rule'],
    row: ({ id, detectedAt, entity, key, winner, loser, rule }) => [
      id,
      showTime(detectedAt),
      entity,
      key,
      `${winner.version} ${winner.origin}`,
      `${loser.version} ${loser.origin}`,
      rule,
    ],
    nothing: 'no conflicts on record',
  });

/** One conflict with both versions. Always JSON: rows have no other form that keeps every digit. */
export async function conflict(targets: readonly Target[], id: string): Promise<void> {
  const target = single(targets, 'conflict');
  const path = `/v1/sync/conflicts/${encodeURIComponent(id)}`;
  printJson(await demand(target, { path, answer: ConflictDetail }, `${target.region} has no conflict ${id} on record`));
}

export const parked = (targets: readonly Target[], options: ListOptions): Promise<void> =>
  list(targets, options, async (target) => readPages(target, '/v1/sync/parked', ParkedPage, options), {
    head: ['entity', 'key', 'version', 'reason', 'waits for', 'since'],
    row: ({ entity, key, version, reason, detail, waitsFor, parkedAt }) => [
      entity,
      key,
      version,
      reason,
      waitsFor === null ? (detail ?? '') : `${waitsFor.entity} ${waitsFor.key}`,
      showTime(parkedAt),
    ],
    nothing: 'nothing is parked',
  });

export const deadLetters = (targets: readonly Target[], options: ListOptions): Promise<void> =>
  list(targets, options, async (target) => readPages(target, '/v1/sync/dead-letters', DeadLetterPage, options), {
    head: ['id', 'entity', 'key', 'version', 'reason', 'side', 'since'],
    row: ({ id, entity, key, version, reason, detail, side, createdAt }) => [
      id,
      entity,
      key,
      version,
      detail === null ? reason : `${reason} (${detail})`,
      side,
      showTime(createdAt),
    ],
    nothing: 'no dead letters',
  });

export const audit = (targets: readonly Target[], options: ListOptions): Promise<void> =>
  list(targets, options, async (target) => readPages(target, '/v1/sync/audit', AuditPage, { limit: options.limit }), {
    head: ['when', 'who', 'did', 'to', 'because'],
    row: ({ at, actor, action, subject, reason }) => [
      showTime(at),
      actor,
      action,
      Object.entries(subject)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(' '),
      reason,
    ],
    nothing: 'nothing was changed by an operator',
  });

/** The one region that a command is about: ids and keys of waiting items are each region's own. */
export function single(targets: readonly Target[], what: string): Target {
  const [target, other] = targets;
  if (target === undefined || other !== undefined)
    throw new UsageFailure(`say whose ${what} it is`, '--region world   or   --region china');
  return target;
}
