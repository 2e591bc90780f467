import type { FastifyReply, FastifyRequest } from 'fastify';

import { etagOf, type Stamp } from '#contracts/stamp.ts';

import { AppError, codeOf } from '../errors.ts';
import type { Publisher } from '../publisher.ts';
import { traceparentOf } from '../trace.ts';
import type { Grave } from './synced.repository.ts';

const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';
/** What newer PostgreSQL answers for ON DELETE RESTRICT instead. */
const RESTRICT_VIOLATION = '23001';

export interface WriteDeps {
  readonly publisher: Pick<Publisher, 'afterCommit'>;
}

/**
 * Runs a write, and publishes the change before the answer goes out. `field` is what a foreign key stands for. Throws AppError `already_exists` for a
 * natural key that is taken, and `reference_missing` for a parent that is not there.
 */
export async function commitAndPublish<Result>(
  deps: WriteDeps,
  request: FastifyRequest,
  work: () => Promise<Result>,
  field?: string,
): Promise<Result> {
  const result = await work().catch((error: unknown) => {
    const code = codeOf(error);
    // Under another id, which no service gives it.
    if (code === UNIQUE_VIOLATION) throw new AppError('already_exists', { cause: error });
    if (field === undefined || code !== FOREIGN_KEY_VIOLATION) throw error;
    throw new AppError('reference_missing', { errors: [{ field, message: 'names nothing that exists' }], cause: error });
  });
  await deps.publisher.afterCommit(traceparentOf(request.trace));
  return result;
}

/** Runs the deletion of a synced row; what still refers to it keeps it there. Answers 204 with the stamp of the tombstone. */
export async function deleteAndPublish(
  deps: WriteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<Grave | 'missing' | 'stale'>,
): Promise<FastifyReply> {
  const outcome = await commitAndPublish(deps, request, async () =>
    work().catch((error: unknown) => {
      const code = codeOf(error);
      if (code !== FOREIGN_KEY_VIOLATION && code !== RESTRICT_VIOLATION) throw error;
      throw new AppError('in_use', { cause: error });
    }),
  );
  const grave = present(outcome);
  return reply.code(204).header('x-stamp-version', grave.version).header('x-stamp-origin', grave.origin).send();
}

/** What was written; throws AppError `not_found` or `stale` for what was not. */
export function present<Item extends object>(outcome: Item | 'missing' | 'stale'): Item {
  if (outcome === 'missing') throw new AppError('not_found');
  if (outcome === 'stale') throw new AppError('stale');
  return outcome;
}

/** Answers a synced item with its entity tag. */
export function sendItem(reply: FastifyReply, item: { readonly stamp: Stamp }): FastifyReply {
  return reply.header('etag', etagOf(item.stamp)).send(item);
}

/** Answers a new synced item: 201 with its place and its entity tag. */
export function sendCreated(reply: FastifyReply, path: string, item: { readonly id: string; readonly stamp: Stamp }): FastifyReply {
  return sendItem(reply.code(201).header('location', `${path}/${item.id}`), item);
}
