import type pg from 'pg';

import type { Logger } from '#platform/log.ts';

import type { ReadMessage } from './coalesce.ts';
import { recordDeadLetters } from './rows.repository.ts';

/** After this many receives, which with the pauses below take an hour or so, no newer worker is on its way. */
const MOST_RECEIVES = 12;
const FIRST_PAUSE_SECONDS = 15;
const LONGEST_PAUSE_SECONDS = 600;

interface Message {
  readonly id: string;
  readonly content: ReadMessage;
  readonly receiveCount: number;
}

/** How long a message that was received `receiveCount` times and is not understood stays invisible: doubling, for a worker that knows it to come by. */
export const pauseSecondsOf = (receiveCount: number): number =>
  Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(10, Math.max(0, receiveCount - 1)));

/** What becomes of messages that are not understood, by id: put back for so many seconds, or given up (to be deleted). */
export interface SettledUnknown {
  readonly pauses: ReadonlyMap<string, number>;
  readonly givenUp: ReadonlySet<string>;
}

/**
 * Messages of types that this version does not know are put back for a while: in a rolling deploy a newer worker takes them. Those that came too
 * often become dead letters, their type alone (what they hold is not understood, so it is not kept), and are given up.
 */
export async function settleUnknown(
  deps: { readonly pool: pg.Pool; readonly log: Logger },
  messages: readonly Message[],
): Promise<SettledUnknown> {
  const pauses = new Map<string, number>();
  const givenUp = new Set<string>();
  for (const { id, content, receiveCount } of messages) {
    if (content.kind !== 'unknown') continue;
    if (receiveCount >= MOST_RECEIVES) {
      await recordDeadLetters(deps.pool, [{ entity: 'queue', key: content.type, version: 0n, reason: 'unknown_message' }]);
      deps.log.error({ messageId: id, type: content.type }, 'a message of an unknown type is given up');
      givenUp.add(id);
      continue;
    }
    deps.log.warn({ messageId: id, type: content.type }, 'a message of an unknown type waits for a worker that knows it');
    pauses.set(id, pauseSecondsOf(receiveCount));
  }
  return { pauses, givenUp };
}
