import { createEventPublisher, joinPublishers } from './events/publisher.ts';
import type { Platform } from './platform.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import type { QueueKind } from './queue/index.ts';

const publisherOf = { pointers: createPublisher, events: createEventPublisher } as const;

/**
 * The publisher of a service whose database role is `role`, of what its writes leave in the outboxes that are named. It has connections of its own: every write waits for
 * what it wrote to be sent, and that must not line up behind other writes. Draining it closes them.
 */
export async function openPublisher(
  platform: Platform,
  role: string,
  kinds: readonly Exclude<QueueKind, 'reports'>[],
  options: { readonly maxConnections?: number } = {},
): Promise<Publisher> {
  const { log, clock, config } = platform;
  const opening = platform.database<Record<string, never>>(role, { maxConnections: options.maxConnections ?? 2 });
  const publishers = await Promise.all(
    kinds.map(async (kind) => {
      const [{ pool }, queue] = await Promise.all([opening, platform.queue(kind)]);
      return publisherOf[kind]({ pool, queue, log, clock, region: config.REGION });
    }),
  );
  const publisher = joinPublishers(publishers);
  return {
    ...publisher,
    async drain() {
      await publisher.drain();
      await (await opening).close();
    },
  };
}
