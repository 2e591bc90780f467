import { setTimeout as wait } from 'node:timers/promises';

import type { BenchCase, CaseContext, Figure } from '../case.ts';
import { ingestUrl, startWorker } from '../ours.ts';
import { SYNCED } from '../rows.ts';

const DIFFERENCES = 100;
const SECONDS_A_MILLION = 10;
const BYTES_A_MILLION = 1_000_000;

interface Run {
  readonly state: string;
  readonly reason: string | null;
  readonly seconds: number;
  readonly bytes: number;
  readonly differing: number;
  readonly pointed: number;
  readonly asked: number;
  readonly inFlight: number;
}

const LAST = `SELECT state, reason, extract(epoch FROM finished_at - started_at)::float8 AS seconds,
    ((counts ->> 'sentBytes')::float8 + (counts ->> 'receivedBytes')::float8) AS bytes, (counts ->> 'differing')::float8 AS differing,
    (counts ->> 'pointed')::float8 AS pointed, (counts ->> 'asked')::float8 AS asked, (counts ->> 'inFlight')::float8 AS "inFlight"
  FROM sync.reconcile_run WHERE id = $1`;

/** Has the world's worker compare both regions, and waits until it has and the worker has sent what it was made to point at. */
async function reconcile({ rig, signal, progress }: CaseContext): Promise<Run> {
  await rig.renewQueue();
  await rig.world.pool.query('DELETE FROM sync.outbox');
  const { rows } = await rig.world.pool.query<{ id: string }>('SELECT sync.request_reconcile($1, $2) AS id', ['china', SYNCED]);
  const worker = await startWorker(rig, ingestUrl(rig));
  try {
    for (;;) {
      signal.throwIfAborted();
      const found = await rig.world.pool.query<Run>(LAST, [rows[0]?.id]);
      const [run] = found.rows;
      if (run?.state === 'interrupted') throw new Error(`the run was interrupted: ${run.reason ?? ''}`);
      if (run?.state === 'done') return run;
      progress(`reconciling: ${run?.differing ?? 0} differ so far`);
      await wait(100, undefined, { signal });
    }
  } finally {
    await worker.stop();
  }
}

const PLAIN = `SELECT md5(string_agg(id::text || version || origin, ',' ORDER BY id)) FROM ${SYNCED}`;

/** How long a digest of one region takes that knows of no ranges, in seconds: what this machine can do at the time. */
async function plainSeconds({ rig }: CaseContext): Promise<number> {
  const startedMs = performance.now();
  await rig.world.pool.query(PLAIN);
  return (performance.now() - startedMs) / 1000;
}

/** Comparing two regions that hold the same, and two of which one has missed a hundred changes. */
export const reconcileCase: BenchCase = {
  name: 'reconcile',
  what: 'comparing both regions, and repairing what differs',
  async run(context) {
    const { rig, rows, quick } = context;
    const count = quick ? 100_000 : 1_000_000;
    await rows.fill(count);
    await Promise.all([rig.world, rig.china].map(({ pool }) => pool.query(`VACUUM ANALYZE ${SYNCED}`)));
    const plain = await plainSeconds(context);
    const equal = await reconcile(context);
    if (equal.differing > 0) throw new Error(`${equal.differing} rows differ that should not`);
    await rig.world.pool.query(
      `UPDATE ${SYNCED} SET price_minor = price_minor + 1 WHERE id IN (SELECT id FROM bench.ordered WHERE n <= $1 AND n % $2 = 0)`,
      [count, Math.floor(count / DIFFERENCES)],
    );
    const different = await reconcile(context);
    const again = await reconcile(context);
    if (again.pointed + again.asked > 0) throw new Error(`a second pass repaired ${again.pointed + again.asked}`);
    const share = count / 1_000_000;
    const figure = (what: string, unit: string, ours: number, target: Figure['target']): Figure => ({
      case: 'reconcile',
      what,
      ours,
      reference: null,
      unit,
      ratio: null,
      target,
    });
    const beside = (what: string, unit: string, ours: number, reference: number, target: Figure['target']): Figure => ({
      ...figure(what, unit, ours, target),
      reference,
      beside: 'equal rows',
      ratio: ours / reference,
    });
    return [
      {
        ...figure(`compare ${count} equal rows`, 's', equal.seconds, { of: 'ours', atMost: SECONDS_A_MILLION * share }),
        reference: plain,
        beside: 'one plain digest of one region',
        ratio: equal.seconds / plain,
      },
      figure(`the same, over the border`, 'bytes', equal.bytes, { of: 'ours', atMost: BYTES_A_MILLION * share }),
      beside(`compare ${count} rows with ${DIFFERENCES} differences`, 's', different.seconds, equal.seconds, { of: 'ratio', atMost: 2 }),
      beside('the same, over the border', 'bytes', different.bytes, equal.bytes, null),
      figure(`of ${DIFFERENCES} differences, repaired`, 'rows', different.pointed + different.asked, {
        of: 'ours',
        atLeast: DIFFERENCES,
        atMost: DIFFERENCES,
      }),
    ];
  },
};
