import type pg from 'pg';

import type { Region } from '#contracts/regions.ts';
import { AppError } from '#platform/errors.ts';

import type { ItemResult } from '../protocol/answer.ts';
import { releaseParked, type ParkedDeps } from '../ingest/parked.ts';
import { inTransaction } from '../ingest/transaction.ts';
import { discardDeadLetter, discardParked, redrive, writeAudit, type RedrivenRow } from './changes.repository.ts';
import { deletePause, insertPause } from './pause.repository.ts';

/** What operators change. Each change and its audit are one transaction. */
export interface ChangeDeps extends ParkedDeps {
  readonly pool: pg.Pool;
  /** The region that the direction leads to. */
  readonly peer: Region;
  /** Tells the loop of this process that its direction was paused or resumed. */
  readonly poke: () => void;
  /** Publishes what a redrive put into the outbox. */
  readonly publish: () => Promise<void>;
}

export interface By {
  readonly actor: string;
  readonly reason: string;
}

/** Stops the direction's workers from receiving, until it is resumed. Throws `already_exists` where it is paused. */
export async function pause(deps: ChangeDeps, { actor, reason }: By): Promise<void> {
  await inTransaction(deps.pool, async (client) => {
    if (!(await insertPause(client, { peer: deps.peer, reason, pausedBy: actor }))) {
      throw new AppError('already_exists', { detail: 'The direction is paused already; its status says why, the audit by whom.' });
    }
    await writeAudit(client, { actor, action: 'pause', subject: { peer: deps.peer }, reason });
  });
  deps.poke();
}

/** Lets them receive again. Throws `not_found` where it is not paused. */
export async function resume(deps: ChangeDeps, { actor, reason }: By): Promise<void> {
  await inTransaction(deps.pool, async (client) => {
    if (!(await deletePause(client, deps.peer))) throw new AppError('not_found', { detail: 'The direction is not paused.' });
    await writeAudit(client, { actor, action: 'resume', subject: { peer: deps.peer }, reason });
  });
  deps.poke();
}

/** Tries a parked item now; it stays parked where it still cannot be applied. Throws `not_found`. */
export async function release(deps: ChangeDeps, entity: string, key: string, by: By): Promise<ItemResult> {
  if (deps.policies.of(entity) === undefined) throw new AppError('not_found', { detail: `This node does not know ${entity}.` });
  const result = await releaseParked(deps, { entity, key }, (client, { outcome, reason }) =>
    writeAudit(client, { actor: by.actor, action: 'release', subject: { entity, key, outcome, outcomeReason: reason }, reason: by.reason }),
  );
  if (result === undefined) throw new AppError('not_found', { detail: 'Nothing is parked under this key.' });
  return result;
}

/** Gives a parked item up: it becomes a dead letter, from where it can be redriven. Throws `not_found`. */
export async function discard(
  deps: ChangeDeps,
  entity: string,
  key: string,
  by: By,
): Promise<{ entity: string; key: string; version: string }> {
  return inTransaction(deps.pool, async (client) => {
    const version = await discardParked(client, entity, key);
    if (version === undefined) throw new AppError('not_found', { detail: 'Nothing is parked under this key.' });
    await writeAudit(client, { actor: by.actor, action: 'discard-parked', subject: { entity, key, version }, reason: by.reason });
    return { entity, key, version };
  });
}

/**
 * Takes a dead letter up again: the row is sent as it is now, or the item that came from the peer is tried once more. Throws `not_found`, and
 * `reference_missing` where there is neither row nor tombstone to send.
 */
export async function redriveLetter(
  deps: ChangeDeps,
  id: string,
  by: By,
): Promise<{ entity: string; key: string; version: string; released: ItemResult | null }> {
  const { entity, key, version, how } = await inTransaction(deps.pool, async (client): Promise<RedrivenRow & { version: string }> => {
    const row = await redrive(client, id);
    if (row === undefined) throw new AppError('not_found', { detail: 'There is no dead letter of this id.' });
    const { version } = row;
    if (row.how === null || version === null) {
      throw new AppError('reference_missing', { detail: 'There is neither row nor tombstone to send any more: discard the letter.' });
    }
    await writeAudit(client, {
      actor: by.actor,
      action: 'redrive',
      subject: { id, entity: row.entity, key: row.key, version },
      reason: by.reason,
    });
    return { ...row, version };
  });
  if (how === 'parked') {
    const released = deps.policies.of(entity) === undefined ? undefined : await releaseParked(deps, { entity, key }, async () => undefined);
    return { entity, key, version, released: released ?? { outcome: 'parked', reason: 'redriven' } };
  }
  await deps.publish();
  return { entity, key, version, released: null };
}

/** Drops a dead letter for good. Throws `not_found`. */
export async function discardLetter(deps: ChangeDeps, id: string, by: By): Promise<{ entity: string; key: string; version: string }> {
  return inTransaction(deps.pool, async (client) => {
    const gone = await discardDeadLetter(client, id);
    if (gone === undefined) throw new AppError('not_found', { detail: 'There is no dead letter of this id.' });
    await writeAudit(client, { actor: by.actor, action: 'discard-dead-letter', subject: { id, ...gone }, reason: by.reason });
    return gone;
  });
}
