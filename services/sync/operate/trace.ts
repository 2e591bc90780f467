import type pg from 'pg';

import type { Region } from '#contracts/regions.ts';
import type { Trace, TraceEvent } from '#contracts/sync-admin.ts';

import { listConflicts, listDeadLetters, listParked } from './lists.repository.ts';
import { readJournalStart, readOutbox, readPresent, readReceptions, readSteps, type PresentRow, type Step } from './trace.repository.ts';

const MOST_LISTED = 20;
const nothing = { outcome: null, reason: null, message: null, nonce: null, bytes: null, ms: null };

/** What one journal row tells of a pointer. Pure. */
function eventsOf(region: Region, row: Step): TraceEvent[] {
  const { entity, version, at, nonce, bytes, ms } = row;
  const base = { ...nothing, region, entity, version, at };
  const [, outcome = 'applied', reason = null] = row.other ?? [];
  if (row.step === 'published') {
    return [
      { ...base, step: 'committed', at: row.written_at },
      { ...base, step: 'published', message: row.message },
    ];
  }
  if (row.step === 'applied') return [{ ...base, step: 'applied', nonce, outcome, reason, bytes, ms }];
  const posted = { ...base, step: 'posted', at: row.began_at ?? at, nonce: nonce === '' ? null : nonce, bytes } as const;
  if (row.failure !== null) return [posted, { ...base, step: 'not-acknowledged', reason: row.failure, ms }];
  return [posted, { ...base, step: 'answered', nonce, outcome, reason, ms }];
}

/** What is published is noted when the queue has confirmed it: by then it may have been received. */
function publishedAt({ step, at, message }: Step, receptions: readonly { message: string; at: string }[]): string {
  const received = step === 'published' ? receptions.find((one) => one.message === message)?.at : undefined;
  return received !== undefined && received < at ? received : at;
}

/** The way of a row through `region`, in the order of time; each step once. Pure. */
export function assemble(
  region: Region,
  steps: readonly Step[],
  receptions: readonly { message: string; at: string }[],
  present: readonly PresentRow[],
): TraceEvent[] {
  // Of several versions in one message the greatest counts: each row is read once.
  const entityOf = new Map(
    steps
      .filter(({ step }) => step === 'published')
      .toSorted((a, b) => (BigInt(a.version) < BigInt(b.version) ? -1 : 1))
      .flatMap(({ message, entity, version }) => (message === null ? [] : [[message, { entity, version }]])),
  );
  const events = [
    ...present
      .filter(({ origin }) => origin.startsWith(`${region}#`))
      .map(({ entity, version, written_at: at }): TraceEvent => ({ ...nothing, region, step: 'committed', entity, version, at })),
    ...steps.flatMap((step) => eventsOf(region, { ...step, at: publishedAt(step, receptions) })),
    ...receptions.flatMap(({ message, at }): TraceEvent[] => {
      const of = entityOf.get(message);
      return of === undefined ? [] : [{ ...nothing, region, step: 'received', ...of, message, at }];
    }),
  ];
  // A row that is there was committed, as was what was published of it: the same commit.
  const once = new Map(
    events.map((event) => [event.step === 'committed' ? `${event.entity} ${event.version}` : JSON.stringify(event), event]),
  );
  const order: readonly string[] = ['committed', 'published', 'received', 'posted', 'applied', 'answered', 'not-acknowledged'];
  return [...once.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : order.indexOf(a.step) - order.indexOf(b.step)));
}

/** All that this region knows of a key; undefined where it knows nothing at all. */
export async function traceKey(pool: pg.Pool, region: Region, key: string, entity: string | undefined): Promise<Trace | undefined> {
  const filter = { entity, key, limit: MOST_LISTED };
  const [steps, present, outbox, parked, deadLetters, conflicts, journalFrom] = await Promise.all([
    readSteps(pool, key, entity),
    readPresent(pool, key, entity),
    readOutbox(pool, key, entity),
    listParked(pool, filter),
    listDeadLetters(pool, filter),
    listConflicts(pool, filter),
    readJournalStart(pool),
  ]);
  if ([steps, present, outbox, parked, deadLetters, conflicts].every((list) => list.length === 0)) return undefined;
  const receptions = await readReceptions(pool, [
    ...new Set(steps.flatMap(({ step, message }) => (step === 'published' && message !== null ? [message] : []))),
  ]);
  return {
    region,
    journalFrom,
    present: present.map(({ written_at: _writtenAt, ...row }) => row),
    outbox,
    parked,
    deadLetters,
    conflicts,
    events: assemble(region, steps, receptions, present),
  };
}
