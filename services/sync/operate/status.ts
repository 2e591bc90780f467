import type pg from 'pg';

import { peerOf, type Region } from '#contracts/regions.ts';
import type { SyncStatus } from '#contracts/sync-admin.ts';

import { plainReason } from '../worker/reasons.ts';
import type { Standing } from './metrics.ts';
import { readStatus, type StatusRow } from './status.repository.ts';

/** What waits longer than this in the outbox waits because no publisher gets it out: each commit is followed by one, and sweeps by another. */
const PUBLISHING_MS = 15_000;

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));

/** How `region` fares, with `queued` messages in its queue. Pure. */
export function statusOf(region: Region, row: StatusRow, queued: number | null): SyncStatus {
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
  };
}

/** `depth` tells how many messages the region's queue holds; where it fails, the status says that it is not known. */
export async function loadStatus(pool: pg.Pool, region: Region, depth: () => Promise<number>): Promise<SyncStatus> {
  const [row, queued] = await Promise.all([readStatus(pool, peerOf(region)), depth().catch(() => null)]);
  if (row === undefined) throw new Error('sync.status has no row');
  return statusOf(region, row, queued);
}

/** The same for the gauges. */
export async function loadStanding(pool: pg.Pool, region: Region, depth: () => Promise<number>): Promise<Standing> {
  const { direction, parked, deadLetters, conflicts } = await loadStatus(pool, region, depth);
  return {
    queued: direction.queued,
    outbox: direction.outbox,
    oldestMs: direction.outboxOldestMs ?? 0,
    parked,
    deadLetters,
    conflicts,
    state: direction.state,
  };
}
