import type pg from 'pg';

import type { OutboxSource } from '../outbox-source.ts';
import { createOutboxPublisher, type Publisher } from '../publisher.ts';
import { claimEvents, releaseEvents, settleEvents } from './events.repository.ts';

/** The outbox of events: one to a message. */
function eventOutbox(pool: pg.Pool, region: string): OutboxSource {
  return {
    async claim(rows, leaseMs, traceparent) {
      const claim = await claimEvents(pool, rows, leaseMs);
      if (claim === undefined) return undefined;
      return {
        token: claim.token,
        rowIds: claim.rows.map(({ seq }) => seq),
        messages: claim.rows.map(({ seq, id, type, subject, occurredAt }) => {
          const event = { specversion: '1.0', id, source: `madeinworld/${region}`, type, subject, time: occurredAt };
          return { id, rowIds: [seq], body: JSON.stringify(traceparent === undefined ? event : { ...event, traceparent }) };
        }),
      };
    },
    settle: (token, sent) =>
      settleEvents(
        pool,
        token,
        sent.map(({ row }) => row),
      ),
    release: (token, rowIds) => releaseEvents(pool, token, rowIds),
  };
}

/** Publishes events of all services of the region to its event queue. */
export function createEventPublisher(
  deps: Omit<Parameters<typeof createOutboxPublisher>[0], 'source'> & { readonly pool: pg.Pool; readonly region: string },
): Publisher {
  return createOutboxPublisher({ ...deps, source: eventOutbox(deps.pool, deps.region) });
}

/** Several publishers as one: for a service whose writes both cross the border and are acted on here. */
export function joinPublishers(publishers: readonly Publisher[]): Publisher {
  return {
    afterCommit: async (traceparent) => void (await Promise.all(publishers.map((publisher) => publisher.afterCommit(traceparent)))),
    sweep: async () => (await Promise.all(publishers.map((publisher) => publisher.sweep()))).reduce((sum, count) => sum + count, 0),
    drain: async () => void (await Promise.all(publishers.map((publisher) => publisher.drain()))),
  };
}
