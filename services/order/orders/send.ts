import type { FastifyReply } from 'fastify';

import { versionTag } from '#platform/entity/version-tag.ts';

import type { OrderDb } from '../deps.ts';
import type { Viewer } from './orders.repository.ts';
import { getOrder } from './service.ts';

/** Answers an order as it is now, with its entity tag. It holds where somebody lives: nobody on the way keeps it. */
export async function sendOrder(reply: FastifyReply, db: OrderDb, id: string, viewer: Viewer): Promise<FastifyReply> {
  const { item, version } = await getOrder(db, id, viewer);
  return reply.header('etag', versionTag(version)).header('cache-control', 'no-store').send(item);
}
