import type pg from 'pg';

/** What an operator did. `subject` names what was acted upon; it never holds what a row holds. */
export interface Act {
  readonly actor: string;
  readonly action:
    | 'pause'
    | 'resume'
    | 'release'
    | 'discard-parked'
    | 'redrive'
    | 'discard-dead-letter'
    | 'reconcile'
    | 'resume-reconcile'
    | 'cancel-reconcile';
  readonly subject: Readonly<Record<string, string | boolean | null>>;
  readonly reason: string;
}

/** Writes the audit, in the transaction of what it tells of. */
export async function writeAudit(client: pg.ClientBase, act: Act): Promise<void> {
  await client.query('INSERT INTO sync.audit (actor, action, subject, reason) VALUES ($1, $2, $3, $4)', [
    act.actor,
    act.action,
    act.subject,
    act.reason,
  ]);
}

/** Moves a parked item to the dead letters, as `discarded`. Answers its version; undefined where nothing is parked there. */
export async function discardParked(client: pg.ClientBase, entity: string, key: string): Promise<string | undefined> {
  const { rows } = await client.query<{ version: string }>(
    `WITH gone AS (DELETE FROM sync.parked WHERE entity = $1 AND key = $2 RETURNING entity, key, version, item), letter AS (
       INSERT INTO sync.dead_letter (entity, key, version, reason, item) SELECT entity, key, version, 'discarded', item FROM gone ON CONFLICT DO NOTHING
     ) SELECT version::text AS version FROM gone`,
    [entity, key],
  );
  return rows[0]?.version;
}

export interface RedrivenRow {
  readonly entity: string;
  readonly key: string;
  readonly version: string | null;
  /** NULL where neither row nor tombstone is left to point at. */
  readonly how: 'pointed' | 'parked' | null;
}

/** Takes a dead letter up again; undefined where there is none of that id. */
export async function redrive(client: pg.ClientBase, id: string): Promise<RedrivenRow | undefined> {
  const { rows } = await client.query<{
    entity: string | null;
    key: string | null;
    version: string | null;
    how: 'pointed' | 'parked' | null;
  }>('SELECT entity, key, version::text AS version, how FROM sync.redrive($1)', [id]);
  const { entity, key, version = null, how = null } = rows[0] ?? {};
  return entity === undefined || entity === null || key === undefined || key === null ? undefined : { entity, key, version, how };
}

/** Drops a dead letter for good; undefined where there is none of that id. */
export async function discardDeadLetter(
  client: pg.ClientBase,
  id: string,
): Promise<{ entity: string; key: string; version: string } | undefined> {
  const { rows } = await client.query<{ entity: string; key: string; version: string }>(
    'DELETE FROM sync.dead_letter WHERE id = $1 RETURNING entity, key, version::text AS version',
    [id],
  );
  return rows[0];
}
