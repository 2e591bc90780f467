import pg from 'pg';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { directions } from '../topology/processes.ts';
import type { Region } from '../topology/regions.ts';

/** What is known of one direction of sync; null is what could not be asked. */
export interface DirectionState {
  readonly outbox: number | null;
  readonly queued: number | null;
  readonly parked: number | null;
  readonly deadLetters: number | null;
  readonly lagMs: number | null;
  readonly lagP50Ms: number | null;
  readonly lagP99Ms: number | null;
  readonly state: string;
  readonly reason: string | null;
}

const Counts = Type.Object({ outbox: Type.Number(), parked: Type.Number(), dead_letters: Type.Number() });
const Direction = Type.Object({
  peer: Type.String(),
  state: Type.String(),
  reason: Type.Union([Type.String(), Type.Null()]),
  lag_ms: Type.Union([Type.Number(), Type.Null()]),
  lag_p50_ms: Type.Union([Type.Number(), Type.Null()]),
  lag_p99_ms: Type.Union([Type.Number(), Type.Null()]),
});

interface RegionView {
  readonly counts: Static<typeof Counts> | undefined;
  readonly directions: readonly Static<typeof Direction>[];
  readonly problem: string | undefined;
}

/**
 * How far sync is in each direction: what waits where it starts, on the way, and where it ends. `down` says why the process that would send
 * from a region does not, where that is so: what the worker wrote of itself is of no worth then.
 */
export async function syncStates(
  databaseUrls: Readonly<Record<Region, string>>,
  queueDepth: (region: Region) => Promise<number>,
  down: (region: Region) => string | undefined,
): Promise<Record<string, DirectionState>> {
  const [world, china] = await Promise.all([viewOf(databaseUrls.world), viewOf(databaseUrls.china)]);
  const views: Record<Region, RegionView> = { world, china };
  const entries = await Promise.all(
    directions.map(async ({ name, from, to }) => {
      const queued = await queueDepth(from).catch(() => null);
      const found = views[from].directions.find((direction) => direction.peer === to);
      // A world that runs alone has a direction all the same: its worker says that nobody is there.
      const problem = views[from].problem ?? (databaseUrls[to] === '' ? undefined : views[to].problem);
      const direction: DirectionState = {
        outbox: views[from].counts?.outbox ?? null,
        queued,
        parked: views[to].counts?.parked ?? null,
        deadLetters: views[from].counts?.dead_letters ?? null,
        lagMs: found?.lag_ms ?? null,
        lagP50Ms: found?.lag_p50_ms ?? null,
        lagP99Ms: found?.lag_p99_ms ?? null,
        ...standing(down(from), problem, found),
      };
      return [name, direction] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** What can be said of a direction: nothing sends without its process, and nothing is known without its database. */
function standing(
  down: string | undefined,
  problem: string | undefined,
  found: Static<typeof Direction> | undefined,
): Pick<DirectionState, 'state' | 'reason'> {
  if (down !== undefined) return { state: 'stopped', reason: down };
  if (problem !== undefined) return { state: 'unknown', reason: problem };
  return { state: found?.state ?? 'idle', reason: found?.reason ?? null };
}

async function viewOf(url: string): Promise<RegionView> {
  if (url === '') return { counts: undefined, directions: [], problem: 'the region is not up' };
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 2000 });
  try {
    await client.connect();
    const counts = await client.query('SELECT outbox::float8, parked::float8, dead_letters::float8 FROM sync.status');
    const found =
      await client.query(`SELECT d.peer, CASE WHEN p.peer IS NULL THEN d.state ELSE 'paused' END AS state, coalesce('paused: ' || p.reason, d.reason) AS reason,
         d.lag_ms::float8, d.lag_p50_ms::float8, d.lag_p99_ms::float8
       FROM sync.direction d LEFT JOIN sync.pause p ON p.peer = d.peer`);
    return {
      counts: Value.Parse(Counts, counts.rows[0]),
      directions: found.rows.map((row) => Value.Parse(Direction, row)),
      problem: undefined,
    };
  } catch (error) {
    return { counts: undefined, directions: [], problem: error instanceof Error ? error.message : String(error) };
  } finally {
    await client.end().catch(() => undefined);
  }
}
