import { coalesce, readMessage } from '../worker/coalesce.ts';
import { deliver } from '../worker/deliver.ts';
import type { Peer } from '../worker/post.ts';
import { never, senderOf } from './border.ts';
import type { TestRegion } from './regions.ts';

/**
 * Brings what the outbox of `from` points at to `peer`, as a worker does, until the outbox is empty; answers how many pointers there were. Throws where the
 * peer does not acknowledge.
 */
export async function deliverAll(from: TestRegion, peer: Peer): Promise<number> {
  let total = 0;
  for (;;) {
    const claimed = await from.sync.query<{ token: string; id: string; entity: string; pointers: string }>(
      'SELECT token, id, entity, pointers FROM sync.outbox_claim(1000, 30000)',
    );
    if (claimed.rows.length === 0) return total;
    const messages = claimed.rows.map(({ entity, pointers }) =>
      readMessage(
        `{"specversion":"1.0","id":"m","source":"test","type":"madeinworld.sync.pointers.v1","data":{"pointers":{"${entity}":${pointers}}}}`,
      ),
    );
    const wanted = coalesce(messages);
    total += [...wanted.values()].reduce((sum, keys) => sum + keys.size, 0);
    const { failure } = await deliver(senderOf(from, peer), wanted, never);
    if (failure instanceof Error) throw failure;
    await from.sync.query('SELECT sync.outbox_settle($1, $2)', [claimed.rows[0]?.token, claimed.rows.map(({ id }) => id)]);
  }
}

/** Forgets what the outbox holds: a queue that lost its messages. */
export async function loseAll(from: TestRegion): Promise<void> {
  await from.owner.query('DELETE FROM sync.outbox');
}
