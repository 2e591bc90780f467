import type pg from 'pg';

import { peerOf, type Region } from '#contracts/regions.ts';
import type { SyncStatus } from '#contracts/sync-admin.ts';
import type { Clock } from '#platform/clock.ts';

import { plainReason } from '../worker/reasons.ts';
import type { Standing } from './metrics.ts';
import { readStatus, type StatusRow } from './status.repository.ts';

/** What waits longer than this in the outbox waits because no publisher gets it out: each commit is followed by one, and sweeps by another. */
const PUBLISHING_MS = 15_000;

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));

/** What the worker knows of its region's backlog beside the database. */
export interface Backlog {
  /** About how many messages the queue holds, those in work included. */
  readonly queued: () => Promise<number>;
  /** When the oldest write was made that this worker has received and the peer has not answered, in milliseconds since the epoch; null where there is none. */
  readonly oldestWriteMs: () => number | null;
}

export interface StatusDeps {
  readonly pool: pg.Pool;
  readonly region: Region;
  readonly clock: Clock;
  readonly backlog: Backlog;
}

/** How `region` fares. Pure. `queued`: messages in its queue; `unansweredMs`: how long the oldest write has waited that the worker holds. */
export function statusOf(
  region: Region,
  row: StatusRow,
  { queued, unansweredMs }: { readonly queued: number | null; readonly unansweredMs: number | null },
): SyncStatus {
  const outboxOldestMs = numberOf(row.outbox_oldest_ms);
  const { pause_reason: pauseReason, paused_by: by, paused_at: at } = row;
  const paused = pauseReason === null || by === null || at === null ? null : { by, at, reason: pauseReason };
  const publishing = outboxOldestMs !== null && outboxOldestMs > PUBLISHING_MS;
  // After a resume, what the worker said of its pause stands there until it says something else.
  const reported =
    row.state === 'paused' ? ({ state: 'running', reason: null } as const) : { state: row.state ?? 'idle', reason: row.reason };
  const standing =
    paused !== null
      ? ({ state: 'paused', reason: `paused: ${paused.reason}` } as const)
      : publishing && reported.state !== 'stalled'
        ? ({ state: 'stalled', reason: plainReason('publishing') } as const)
        : reported;
  return {
    region,
    direction: {
      name: `${region}-${peerOf(region)}`,
      ...standing,
      outbox: Number(row.outbox),
      outboxOldestMs,
      queued,
      unansweredOldestMs: unansweredMs === null && outboxOldestMs === null ? null : Math.max(unansweredMs ?? 0, outboxOldestMs ?? 0),
      lagMs: numberOf(row.lag_ms),
      lagP50Ms: numberOf(row.lag_p50_ms),
      lagP99Ms: numberOf(row.lag_p99_ms),
      reportedAt: row.reported_at,
      paused,
    },
    parked: Number(row.parked),
    parkedOldestMs: numberOf(row.parked_oldest_ms),
    deadLetters: Number(row.dead_letters),
    deadLettersOldestMs: numberOf(row.dead_letters_oldest_ms),
    conflicts: Number(row.conflicts),
    needsOperator: Number(row.needs_operator),
    filling: row.filling,
    reconciling: row.reconciling,
  };
}

/** Where the queue does not answer, the status says that its depth is not known. */
export async function loadStatus({ pool, region, clock, backlog }: StatusDeps): Promise<SyncStatus> {
  const [row, queued] = await Promise.all([readStatus(pool, peerOf(region)), backlog.queued().catch(() => null)]);
  if (row === undefined) throw new Error('sync.status has no row');
  const oldestWriteMs = backlog.oldestWriteMs();
  // The peer's clock, and our own writers', may be ahead of this one.
  const unansweredMs = oldestWriteMs === null ? null : Math.max(0, Math.round(clock.now() - oldestWriteMs));
  return statusOf(region, row, { queued, unansweredMs });
}

/** The same for the gauges. */
export async function loadStanding(deps: StatusDeps): Promise<Standing> {
  const { direction, parked, deadLetters, conflicts, needsOperator, reconciling } = await loadStatus(deps);
  return {
    queued: direction.queued,
    outbox: direction.outbox,
    oldestMs: direction.outboxOldestMs ?? 0,
    unansweredOldestMs: direction.unansweredOldestMs ?? 0,
    parked,
    deadLetters,
    conflicts,
    needsOperator,
    reconcilingMs: reconciling?.ageMs ?? 0,
    state: direction.state,
  };
}
