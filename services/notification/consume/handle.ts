import { randomUUIDv7 } from 'node:crypto';

import type { EventMessage } from '#contracts/events.ts';
import { runFrom } from '#platform/origin.ts';
import type { Received } from '#platform/queue/index.ts';

import type { SendDeps } from '../deps.ts';
import { type Delivery, deliver } from '../notices/deliver.ts';
import { errorCodeOf } from '../notices/error-code.ts';
import { ensureNotice, forgetAccount } from '../notices/notices.repository.ts';
import { templateOf } from '../templates/index.ts';
import { eventOrigin } from './event-origin.ts';
import { type Content, readMessage } from './message.ts';
import { recordRefusal } from './refused.repository.ts';

export interface HandleDeps extends SendDeps {
  /** What a sweep message asks for. */
  readonly sweep: () => Promise<void>;
}

export interface Handled {
  /** Messages that may be deleted, by id. */
  readonly done: readonly string[];
  /** Messages that are to come again, by id: milliseconds until then. */
  readonly pauses: ReadonlyMap<string, number>;
  /** Messages of which nothing can be said: the database failed, or the process stops. They come again by themselves. */
  readonly kept: readonly string[];
  /** What failed as a whole, if anything: the database is away. */
  readonly failure: unknown;
}

type Message = Pick<Received, 'id' | 'body' | 'receiveCount'>;
/** Messages that ask for one and the same; their event is handled once. */
interface Group {
  readonly ids: readonly string[];
  readonly content: Content;
  readonly receives: number;
}

/** The mailer keeps two connections; what waits for one is read already. */
const EVENTS_AT_ONCE = 4;

/**
 * Handles a batch of messages from end to end and says of each whether it may be deleted. It knows no queue, so that a long poll drives it here and a queue trigger
 * where the platform has no workers. What is under way when `signal` aborts is finished, what is not begun is kept. Throws never.
 */
export async function handleEvents(deps: HandleDeps, received: readonly Message[], signal: AbortSignal): Promise<Handled> {
  const done: string[] = [];
  const kept: string[] = [];
  const pauses = new Map<string, number>();
  let failure: unknown;
  const left = groupsOf(received);
  const work = async (): Promise<void> => {
    for (let group = left.shift(); group !== undefined; group = left.shift()) {
      if (signal.aborted || failure !== undefined) {
        kept.push(...group.ids);
        continue;
      }
      try {
        const delivery = await handleOne(deps, group);
        if (delivery === 'settled') done.push(...group.ids);
        else for (const id of group.ids) pauses.set(id, delivery.waitMs);
      } catch (error) {
        failure ??= error ?? new Error('nothing was thrown');
        kept.push(...group.ids);
      }
    }
  };
  await Promise.all(Array.from({ length: EVENTS_AT_ONCE }, work));
  return { done, pauses, kept, failure };
}

function groupsOf(received: readonly Message[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { id, body, receiveCount } of received) {
    const content = readMessage(body);
    const key = content.kind === 'event' ? `event ${content.event.id}` : content.kind === 'sweep' ? 'sweep' : `message ${id}`;
    const held = groups.get(key);
    groups.set(key, { ids: [...(held?.ids ?? []), id], content, receives: Math.max(held?.receives ?? 0, receiveCount) });
  }
  return [...groups.values()];
}

async function handleOne(deps: HandleDeps, { ids, content, receives }: Group): Promise<Delivery> {
  switch (content.kind) {
    case 'sweep':
      // The schedule asks again; what a sweep could not do holds up nothing else.
      await deps
        .sweep()
        .catch((error: unknown) => deps.log.warn({ errorCode: errorCodeOf(error) }, 'a sweep failed; the next one will come'));
      return 'settled';
    case 'refused':
      for (const id of ids) await recordRefusal(deps.db, id, content.reason, content.type);
      deps.log.error({ messageIds: ids, reason: content.reason }, 'a message that is no event of ours is dropped');
      return 'settled';
    case 'event':
      return handleTraced(deps, content.event, receives);
  }
}

/** As a part of the trace that the event came of: with its ids in each log line, and in whatever this sets off. */
async function handleTraced(deps: HandleDeps, event: EventMessage, receives: number): Promise<Delivery> {
  const { traceId, origin } = eventOrigin(event);
  const log = deps.log.child({ traceId, correlationId: origin.correlationId });
  const delivery = await runFrom(origin, () => handleEvent({ ...deps, log }, event, receives));
  log.info({ eventId: event.id, type: event.type, receives, settled: delivery === 'settled' }, 'event');
  return delivery;
}

async function handleEvent(deps: HandleDeps, event: EventMessage, receives: number): Promise<Delivery> {
  if (event.type === 'madeinworld.account.erased.v1') {
    await forgetAccount(deps.db, event.subject);
    return 'settled';
  }
  const template = templateOf(event.type);
  if (template === undefined) return 'settled';
  return deliver(deps, await ensureNotice(deps.db, randomUUIDv7(), event, template.name), receives);
}
