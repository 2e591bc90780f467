import pg from 'pg';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

const Run = Type.Object({
  state: Type.String(),
  fill: Type.Boolean(),
  atEntity: Type.Union([Type.String(), Type.Null()]),
  pass: Type.Number(),
  reason: Type.Union([Type.String(), Type.Null()]),
  ownKeys: Type.Number(),
  peerKeys: Type.Number(),
  pointed: Type.Number(),
  asked: Type.Number(),
  inFlight: Type.Number(),
  findings: Type.Number(),
});

/** How far a region's last comparison with the other one is, and what it did; counts are of keys. */
export type ReconcileState = Static<typeof Run>;

const count = (name: string): string => `coalesce((counts ->> '${name}')::float8, 0) AS "${name}"`;
const last = `SELECT state, fill, at_entity AS "atEntity", pass, reason, ${['ownKeys', 'peerKeys', 'pointed', 'asked', 'inFlight', 'findings'].map(count).join(', ')}
  FROM sync.reconcile_run ORDER BY id DESC LIMIT 1`;

/** Null where a region has made none, or cannot be asked. */
export async function lastReconcile(url: string): Promise<ReconcileState | null> {
  if (url === '') return null;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, query_timeout: 2000 });
  try {
    await client.connect();
    const { rows } = await client.query(last);
    return rows[0] === undefined ? null : Value.Parse(Run, rows[0]);
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}
