import type pg from 'pg';

import type { Difference } from './classify.ts';

/** What a run has done so far. All counts are of keys but `ranges`, `requests` and the bytes. */
export interface RunCounts {
  ranges: number;
  ownKeys: number;
  peerKeys: number;
  differing: number;
  inFlight: number;
  refused: number;
  pointed: number;
  asked: number;
  findings: number;
  requests: number;
  sentBytes: number;
  receivedBytes: number;
}

export const noCounts: RunCounts = {
  ranges: 0,
  ownKeys: 0,
  peerKeys: 0,
  differing: 0,
  inFlight: 0,
  refused: 0,
  pointed: 0,
  asked: 0,
  findings: 0,
  requests: 0,
  sentBytes: 0,
  receivedBytes: 0,
};

/** A run of reconciliation, as it is kept. `atEntity` and `atKey`: what comes before is settled. */
export interface Run {
  readonly id: string;
  readonly peer: string;
  readonly entity: string | null;
  readonly dryRun: boolean;
  readonly deep: boolean;
  readonly fill: boolean;
  readonly state: 'running' | 'interrupted' | 'done' | 'cancelled';
  readonly reason: string | null;
  readonly atEntity: string | null;
  readonly atKey: string | null;
  readonly pass: number;
  readonly counts: RunCounts;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const COLUMNS = `id::text, peer, entity, dry_run AS "dryRun", deep, fill, state, reason, at_entity AS "atEntity", at_key AS "atKey", pass, counts,
  started_at AS "startedAt", finished_at AS "finishedAt"`;
const LEASE = `clock_timestamp() + interval '60 seconds'`;

/** Begins a run; undefined where one towards this peer is under way. */
export async function insertRun(
  pool: pg.Pool,
  run: Pick<Run, 'peer' | 'entity' | 'dryRun' | 'deep' | 'fill'>,
  token: string,
): Promise<Run | undefined> {
  const { rows } = await pool.query<Run>(
    `INSERT INTO sync.reconcile_run (peer, entity, dry_run, deep, fill, counts, token, leased_until)
     VALUES ($1, $2, $3, $4, $5, $6, $7, ${LEASE}) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [run.peer, run.entity, run.dryRun, run.deep, run.fill, noCounts, token],
  );
  return rows[0];
}

/** Takes a run over that was asked for, was interrupted, or whose process died: this one, or the oldest such. */
export async function claimRun(pool: pg.Pool, peer: string, token: string, id: string | null): Promise<Run | undefined> {
  const { rows } = await pool.query<Run>(
    `UPDATE sync.reconcile_run r SET state = 'running', reason = NULL, token = $2,
       started_at = CASE WHEN r.token IS NULL THEN clock_timestamp() ELSE r.started_at END, leased_until = ${LEASE}, updated_at = clock_timestamp()
     WHERE r.id = (SELECT c.id FROM sync.reconcile_run c WHERE c.peer = $1 AND c.id = coalesce($3, c.id)
         AND ((c.state = 'running' AND c.leased_until < clock_timestamp()) OR c.state = 'interrupted')
         AND NOT EXISTS (SELECT FROM sync.reconcile_run o WHERE o.peer = $1 AND o.state = 'running' AND o.id <> c.id)
       ORDER BY c.id LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${COLUMNS}`,
    [peer, token, id],
  );
  return rows[0];
}

/** Saves how far a run is, and keeps it ours; false where somebody else has it, or an operator has cancelled it. */
export async function saveRun(
  pool: pg.Pool,
  id: string,
  token: string,
  progress: Pick<Run, 'atEntity' | 'atKey' | 'pass' | 'counts' | 'reason'>,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE sync.reconcile_run SET at_entity = $3, at_key = $4, pass = $5, counts = $6, reason = $7, updated_at = clock_timestamp(), leased_until = ${LEASE}
     WHERE id = $1 AND token = $2 AND state = 'running'`,
    [id, token, progress.atEntity, progress.atKey, progress.pass, progress.counts, progress.reason],
  );
  return rowCount === 1;
}

export async function endRun(
  pool: pg.Pool,
  id: string,
  token: string,
  state: 'done' | 'interrupted',
  reason: string | null,
): Promise<void> {
  await pool.query(
    `UPDATE sync.reconcile_run SET state = $3, reason = $4, updated_at = clock_timestamp(), leased_until = NULL,
       finished_at = CASE WHEN $3 = 'done' THEN clock_timestamp() END
     WHERE id = $1 AND token = $2 AND state = 'running'`,
    [id, token, state, reason],
  );
}

/** Lets a run end at its next step, and takes back that a fill is under way: what protects a region that is complete holds again. False where it is not under way. */
export async function cancelRun(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `WITH cancelled AS (
       UPDATE sync.reconcile_run SET state = 'cancelled', finished_at = clock_timestamp(), leased_until = NULL
       WHERE id = $1 AND state IN ('running', 'interrupted') RETURNING fill AND NOT dry_run AS fills)
     SELECT CASE WHEN fills THEN sync.set_filling(false) END FROM cancelled`,
    [id],
  );
  return rowCount === 1;
}

/** The latest runs, newest first. */
export async function readRuns(pool: pg.Pool, most: number): Promise<Run[]> {
  return (await pool.query<Run>(`SELECT ${COLUMNS} FROM sync.reconcile_run ORDER BY reconcile_run.id DESC LIMIT $1`, [most])).rows;
}

/** Keeps findings of a run: which keys, which stamps, never what the rows hold. */
export async function insertFindings(pool: pg.Pool, run: string, entity: string, findings: readonly Difference[]): Promise<void> {
  await pool.query(
    `INSERT INTO sync.reconcile_finding (run, entity, key, kind, own_version, own_origin, peer_version, peer_origin)
     SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::int8[], $6::text[], $7::int8[], $8::text[]) ON CONFLICT DO NOTHING`,
    [
      run,
      entity,
      findings.map(({ key }) => key),
      findings.map(({ verdict }) => verdict),
      findings.map(({ own }) => own?.version ?? null),
      findings.map(({ own }) => own?.origin ?? null),
      findings.map(({ peer }) => peer?.version ?? null),
      findings.map(({ peer }) => peer?.origin ?? null),
    ],
  );
}

/** What a run found for an operator; undefined where there is no such run. */
export async function readFindings(
  pool: pg.Pool,
  run: string,
  most: number,
): Promise<{ entity: string; key: string; kind: string }[] | undefined> {
  const { rows } = await pool.query<{ found: { entity: string; key: string; kind: string }[] }>(
    `SELECT ARRAY(SELECT jsonb_build_object('entity', f.entity, 'key', f.key, 'kind', f.kind) FROM sync.reconcile_finding f
       WHERE f.run = r.id ORDER BY f.entity, f.key LIMIT $2) AS found
     FROM sync.reconcile_run r WHERE r.id = $1`,
    [run, most],
  );
  return rows[0]?.found;
}

/** Declares this database as being filled from the peer by a run, or not any more. False where the run is somebody else's by now, or was cancelled: then nothing changes. */
export async function setFilling(pool: pg.Pool, id: string, token: string, filling: boolean): Promise<boolean> {
  const { rowCount } = await pool.query(
    `WITH own AS (SELECT FROM sync.reconcile_run WHERE id = $1 AND token = $2 AND state = 'running' FOR UPDATE)
     SELECT sync.set_filling($3) FROM own`,
    [id, token, filling],
  );
  return rowCount === 1;
}
