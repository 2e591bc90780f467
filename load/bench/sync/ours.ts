import { watchRound, type Watch } from './progress.ts';
import type { NodeProcess } from '../rig/processes.ts';
import type { Rig } from './rig/rig.ts';
import { settle, SYNCED } from './rows.ts';

const CHANGES_A_STATEMENT = 500;

/** Changes rows 1..count of `table` in the world for a round, in statements of 500. */
export async function changeRows(rig: Rig, table: string, count: number, round: number): Promise<void> {
  await rig.world.pool.query(`CALL bench.change('${table}', 1, ${count}, ${CHANGES_A_STATEMENT}, ${round})`);
}

/** Fills the outbox with pointers to `count` changed rows, while no worker runs. */
export async function fillOutbox(rig: Rig, count: number, round: number): Promise<Watch> {
  await changeRows(rig, SYNCED, count, round);
  await settle(rig);
  return watchRound(rig.china, SYNCED, round, count);
}

/** Where China's ingest listens, without anything between. */
export const ingestUrl = (rig: Rig): string => rig.ingest.url('china:sync');

/** Starts a worker of the world, towards `peerUrl`; `env` is added to what it is configured with by default. */
export function startWorker(
  rig: Rig,
  peerUrl: string,
  env: Readonly<Record<string, string>> = {},
  name = 'world-worker',
): Promise<NodeProcess> {
  return rig.start(name, 'world', 'sync-worker', { PEER_URL: peerUrl, ...env });
}

/** Throws unless outbox, parked items and dead letters are empty: what a case left would be in the way of the next. */
export async function assertClean(rig: Rig): Promise<void> {
  for (const { region, pool } of [rig.world, rig.china]) {
    const { rows } = await pool.query<{ outbox: string; parked: string; dead_letters: string; conflicts: string }>(
      'SELECT outbox, parked, dead_letters, conflicts FROM sync.status',
    );
    const left = Object.entries(rows[0] ?? {}).filter(([, value]) => Number(value) > 0);
    if (left.length > 0) throw new Error(`${region} is left with ${left.map(([name, value]) => `${value} ${name}`).join(', ')}`);
  }
}
