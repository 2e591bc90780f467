import type pg from 'pg';

import type { EntityPolicy, SyncPolicies } from '#contracts/sync-policy.ts';
import type { Publisher } from '#platform/publisher.ts';
import type { CountedQueue } from '#platform/queue/index.ts';

import { AT_ONCE, mapAtMost } from './concurrency.ts';
import { limits, type DigestsAnswer, type DigestsRequest, type KeyRange, type RepointAnswer, type RepointRequest } from './messages.ts';
import type { Span, SpanDigests, Standing, StampsAnswer, StampsRequest } from './messages.ts';
import { cutRange, digestRange, pointAt, pointAtRange, readStamps, readStanding } from './ranges.repository.ts';

/** One side of a comparison: this region's database, or the peer's by signed requests. */
export interface Side {
  digests(request: DigestsRequest): Promise<DigestsAnswer>;
  stamps(request: StampsRequest): Promise<StampsAnswer>;
  repoint(request: RepointRequest): Promise<RepointAnswer>;
}

export interface OwnSide extends Side {
  /** Keys at which a range falls into pieces of `rows`, at most `most`. */
  cuts(entity: string, range: KeyRange, rows: number, most: number): Promise<string[]>;
  standing(): Promise<Standing>;
}

export interface OwnSideDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  /** Messages that wait in this region's queue. */
  readonly queued: () => Promise<number>;
  /** Publishes what is in the outbox. */
  readonly publish: () => Promise<unknown>;
  /** Pointers are written only while fewer than this wait. */
  readonly mostBacklog?: number;
  /** What is digested in one statement at most. */
  readonly mostRows?: number;
}

const MOST_BACKLOG = 40_000;
const MOST_ROWS = 2_000_000;
const POINTED_AT_ONCE = 10_000;
/** What a message of pointers holds: capture writes them in chunks of this many. */
const POINTERS_PER_MESSAGE = 500;
const ROWS_PER_CUT = 2_000;
const LEAF_MOST = 1_000;

/** What a side asks of its queue and publisher. A queue that cannot be asked takes nothing either: then the outbox alone tells the backlog. */
export function backlogOf(
  queue: Pick<CountedQueue, 'depth'>,
  publisher: Pick<Publisher, 'afterCommit'>,
): Pick<OwnSideDeps, 'queued' | 'publish'> {
  return { queued: () => queue.depth().catch(() => 0), publish: () => publisher.afterCommit() };
}

/** Answers for this region's database: what the ingest lends to the peer, and what a run here compares with. */
export function createOwnSide(deps: OwnSideDeps): OwnSide {
  const { pool, policies } = deps;
  const mostBacklog = deps.mostBacklog ?? MOST_BACKLOG;
  const mostRows = deps.mostRows ?? MOST_ROWS;

  async function standing(): Promise<Standing> {
    const [{ outbox, ...rest }, queued] = await Promise.all([readStanding(pool), deps.queued()]);
    return { ...rest, backlog: outbox + queued * POINTERS_PER_MESSAGE };
  }

  async function digestSpan(policy: EntityPolicy, span: Span, request: DigestsRequest): Promise<SpanDigests> {
    const cuts = span.cuts ?? (await cutRange(pool, policy, span, span.rows ?? ROWS_PER_CUT, limits.cuts - 1));
    const { horizon, deep } = request;
    const found = await digestRange(pool, policy, span, { cuts, horizon, deep, mostRows });
    if (found !== undefined) return { over: false, cuts: span.cuts === undefined ? cuts : [], ...found };
    return { over: true, cuts: await cutRange(pool, policy, span, ROWS_PER_CUT, limits.cuts), held: [], digests: [] };
  }

  return {
    standing,
    async cuts(entity, range, rows, most) {
      const policy = policies.of(entity);
      return policy === undefined ? [] : cutRange(pool, policy, range, rows, most);
    },
    async digests(request) {
      const policy = policies.of(request.entity);
      if (policy === undefined) return { standing: await standing(), known: false, spans: [] };
      const spans = await mapAtMost(AT_ONCE, request.spans, (span) => digestSpan(policy, span, request));
      return { standing: await standing(), known: true, spans };
    },
    async stamps(request) {
      const policy = policies.of(request.entity);
      const stamps: StampsAnswer['stamps'] = [];
      let complete = true;
      if (policy !== undefined) {
        if (request.keys.length > 0) stamps.push(...(await readStamps(pool, policy, { keys: request.keys }, request.deep)));
        const ranges = await mapAtMost(AT_ONCE, request.ranges, (range) =>
          readStamps(pool, policy, { range, mostRows: LEAF_MOST }, request.deep),
        );
        for (const found of ranges) {
          complete &&= found.length < LEAF_MOST && stamps.length + found.length <= limits.stamps;
          if (complete) stamps.push(...found);
        }
      }
      return { standing: await standing(), complete, stamps };
    },
    async repoint({ entity, keys, range }) {
      const policy = policies.of(entity);
      const before = await standing();
      if (policy === undefined) return { standing: before, pointed: 0, next: null, busy: false };
      if (before.backlog >= mostBacklog) return { standing: before, pointed: 0, next: range?.from ?? null, busy: true };
      let pointed = keys.length > 0 ? await pointAt(pool, policy, keys) : 0;
      let next: string | null = null;
      if (range !== null) {
        const done = await pointAtRange(pool, policy, range, Math.min(POINTED_AT_ONCE, mostBacklog));
        pointed += done.pointed;
        next = done.next;
      }
      await deps.publish();
      return { standing: await standing(), pointed, next, busy: false };
    },
  };
}
