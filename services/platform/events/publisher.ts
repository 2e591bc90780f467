import type pg from 'pg';

import type { OutboxSource } from '../outbox-source.ts';
import { createOutboxPublisher, type Publisher } from '../publisher.ts';
import { claimEvents, type EventRow, releaseEvents, settleEvents } from './events.repository.ts';

function messageOf({ id, type, subject, occurredAt, traceparent, correlationId }: EventRow, region: string): object {
  return {
    specversion: '1.0',
    id,
    source: `madeinworld/${region}`,
    type,
    subject,
    time: occurredAt,
    ...(traceparent === null ? {} : { traceparent }),
    ...(correlationId === null ? {} : { correlationid: correlationId }),
  };
}

/** The outbox of events: one to a message, each with the trace and the correlation id that it was written with, whoever publishes it and when. */
function eventOutbox(pool: pg.Pool, region: string): OutboxSource {
  return {
    async claim(rows, leaseMs) {
      const claim = await claimEvents(pool, rows, leaseMs);
      if (claim === undefined) return undefined;
      return {
        token: claim.token,
        rowIds: claim.rows.map(({ seq }) => seq),
        messages: claim.rows.map((row) => ({ id: row.id, rowIds: [row.seq], body: JSON.stringify(messageOf(row, region)) })),
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
