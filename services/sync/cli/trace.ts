import { Trace, type TraceEvent } from '#contracts/sync-admin.ts';

import { ask } from './client.ts';
import { CommandFailure } from './failure.ts';
import { layOut, note, print, printJson, showTime } from './screen.ts';
import type { Target } from './targets.ts';
import { fromEach } from './views.ts';

const order: readonly string[] = ['committed', 'published', 'received', 'posted', 'applied', 'answered', 'not-acknowledged'];

/** Steps of both sides in the order of time; where clocks agree to the millisecond, in the order in which they follow each other, the older version first. Pure. */
export function merge(events: readonly TraceEvent[]): TraceEvent[] {
  return events.toSorted(
    (a, b) =>
      (a.at < b.at ? -1 : a.at > b.at ? 1 : 0) ||
      order.indexOf(a.step) - order.indexOf(b.step) ||
      Number(a.version ?? 0) - Number(b.version ?? 0),
  );
}

/** One row's way: what each region holds of it, and every step that the journals still know. Each region answers for its own side. */
export async function trace(
  targets: readonly Target[],
  key: string,
  options: { readonly entity?: string; readonly json?: true },
): Promise<void> {
  const { answers, failure } = await fromEach(targets, (target) =>
    ask(target, { path: '/v1/sync/trace', query: { key, entity: options.entity }, answer: Trace }),
  );
  const known = [...answers.values()].filter((answer) => answer !== undefined);
  const unknown = [...answers].filter(([, answer]) => answer === undefined).map(([region]) => region);
  if (known.length === 0) {
    if (failure !== undefined) throw failure;
    throw new CommandFailure(
      `nothing is known of ${key} in ${unknown.join(' or ')}`,
      'A key is the id of a row, as the API gives it. One that was deleted is forgotten once its tombstone is collected.',
    );
  }
  const events = merge(known.flatMap(({ events }) => events));
  if (options.json === true) printJson({ key, regions: Object.fromEntries(known.map((one) => [one.region, one])), events });
  else show(known, events);
  for (const region of unknown) note(`  ${region} knows nothing of it`);
  if (failure !== undefined) throw failure;
}

function show(known: readonly Trace[], events: readonly TraceEvent[]): void {
  print(layOut(known.flatMap(presentRows)));
  print();
  print(layOut(events.map((event) => [showTime(event.at), event.region, event.step, event.version ?? '', detailOf(event)])));
  for (const { region, journalFrom } of known) {
    if (journalFrom === null)
      print(`\n  The journal of ${region} is empty: steps before a crash of its server, or past its age, are not known.`);
  }
}

function presentRows(trace: Trace): string[][] {
  const { region } = trace;
  return [
    ...trace.present.map(({ entity, version, origin, deleted }) => [region, entity, deleted ? 'deleted' : 'live', version, origin]),
    ...trace.outbox.map(({ entity, version, since, claimed }) => [
      region,
      entity,
      'in outbox',
      version,
      `since ${showTime(since)}${claimed ? ', being published' : ''}`,
    ]),
    ...trace.parked.map(({ entity, version, reason, parkedAt }) => [
      region,
      entity,
      'parked',
      version,
      `${reason} since ${showTime(parkedAt)}`,
    ]),
    ...trace.deadLetters.map(({ id, entity, version, reason }) => [region, entity, 'dead letter', version, `${reason} (id ${id})`]),
    ...trace.conflicts.map(({ id, entity, winner, loser }) => [
      region,
      entity,
      'conflict',
      winner.version,
      `${winner.origin} won over ${loser.version} ${loser.origin} (id ${id})`,
    ]),
  ];
}

function detailOf({ outcome, reason, message, nonce, bytes, ms }: TraceEvent): string {
  return [
    outcome,
    reason === null ? null : outcome === null ? reason : `(${reason})`,
    message === null ? null : `message ${message}`,
    nonce === null ? null : `nonce ${nonce}`,
    bytes === null ? null : `${bytes} bytes`,
    ms === null ? null : `${ms} ms`,
  ]
    .filter((part) => part !== null)
    .join(' ');
}
