import type pg from 'pg';

import { codeOf } from '#platform/errors.ts';

import { instant } from './columns.repository.ts';

/** The journal's row for one pointer of a batch. */
export interface Step {
  readonly step: 'published' | 'exchanged' | 'applied';
  readonly at: string;
  readonly began_at: string | null;
  readonly entity: string;
  readonly version: string;
  readonly written_at: string;
  readonly message: string | null;
  readonly nonce: string | null;
  readonly bytes: number | null;
  readonly ms: number | null;
  readonly failure: string | null;
  /** `[index, outcome, reason]` where it was not simply applied. */
  readonly other: readonly [number, string, string | null] | null;
}

const MOST_STEPS = 500;

/** What the journal knows of `key`, oldest first; the newest 500 steps. */
export async function readSteps(pool: pg.Pool, key: string, entity: string | undefined): Promise<Step[]> {
  const { rows } = await pool.query<Step>(
    `SELECT j.step, ${instant('j.at')} AS at, ${instant("j.at - j.ms * interval '1 millisecond'")} AS began_at, j.entity,
       p.pointer ->> 1 AS version, ${instant('sync.time_of((p.pointer ->> 1)::int8)')} AS written_at, j.messages[1] AS message, j.nonce, j.bytes, j.ms, j.failure,
       (SELECT o.other FROM json_array_elements(j.others) o(other) WHERE (o.other ->> 0)::int8 = p.ordinality - 1) AS other
     FROM (
       SELECT * FROM sync.journal
       WHERE step <> 'received' AND ($2::text IS NULL OR entity = $2) AND strpos(pointers, '[' || to_json($1::text)::text || ',') > 0
       ORDER BY id DESC LIMIT ${MOST_STEPS}
     ) j CROSS JOIN LATERAL json_array_elements(j.pointers::json) WITH ORDINALITY p(pointer, ordinality)
     WHERE p.pointer ->> 0 = $1 ORDER BY j.at, j.id`,
    [key, entity],
  );
  return rows;
}

/** When queue messages were received. */
export async function readReceptions(pool: pg.Pool, messages: readonly string[]): Promise<{ message: string; at: string }[]> {
  if (messages.length === 0) return [];
  const { rows } = await pool.query<{ message: string; at: string }>(
    `SELECT m.message, ${instant('j.at')} AS at FROM sync.journal j CROSS JOIN LATERAL unnest(j.messages) m(message)
     WHERE j.step = 'received' AND j.messages && $1 AND m.message = ANY ($1) ORDER BY j.id`,
    [messages],
  );
  return rows;
}

export async function readJournalStart(pool: pg.Pool): Promise<string | null> {
  const { rows } = await pool.query<{ at: string }>(`SELECT ${instant('j.at')} AS at FROM sync.journal j ORDER BY j.id LIMIT 1`);
  return rows[0]?.at ?? null;
}

export interface PresentRow {
  readonly entity: string;
  readonly version: string;
  readonly origin: string;
  readonly vector: Readonly<Record<string, string>>;
  readonly deleted: boolean;
  readonly written_at: string;
}

/** The row or tombstone of `key` in each synced table: its stamp alone. A key that cannot be one of a table (no UUID, say) is none there. */
export async function readPresent(pool: pg.Pool, key: string, entity: string | undefined): Promise<PresentRow[]> {
  const entities = await pool.query<{ name: string }>('SELECT name FROM sync.entity WHERE $1::text IS NULL OR name = $1 ORDER BY name', [
    entity,
  ]);
  const found = await Promise.all(
    entities.rows.map(async ({ name }) => {
      // The name is one of our own table; the function was generated from it.
      const reader = `sync.${name.replace('.', '_')}_read`;
      const result = await pool
        .query<PresentRow>(
          `SELECT $2 AS entity, r.version::text AS version, r.item::json ->> '$o' AS origin, coalesce((r.item::json ->> '$d')::boolean, false) AS deleted,
             (SELECT coalesce(jsonb_object_agg(v.key, v.value), '{}') FROM json_each_text(r.item::json -> '$w') v) AS vector,
             ${instant('sync.time_of(r.version)')} AS written_at
           FROM ${reader}(ARRAY[$1::text]) r`,
          [key, name],
        )
        .catch((error: unknown) => {
          if (codeOf(error)?.startsWith('22') === true) return { rows: [] };
          throw error;
        });
      return result.rows;
    }),
  );
  return found.flat();
}

/** What of `key` no queue has taken yet. */
export async function readOutbox(
  pool: pg.Pool,
  key: string,
  entity: string | undefined,
): Promise<{ entity: string; version: string; since: string; claimed: boolean }[]> {
  const { rows } = await pool.query<{ entity: string; version: string; since: string; claimed: boolean }>(
    `SELECT o.entity, p.pointer ->> 1 AS version, ${instant('o.created_at')} AS since, coalesce(o.leased_until > clock_timestamp(), false) AS claimed
     FROM sync.outbox o CROSS JOIN LATERAL json_array_elements(sync.pointers_of(o)::json) p(pointer)
     WHERE ($2::text IS NULL OR o.entity = $2) AND strpos(sync.pointers_of(o), '[' || to_json($1::text)::text || ',') > 0 AND p.pointer ->> 0 = $1 ORDER BY o.id LIMIT 100`,
    [key, entity],
  );
  return rows;
}
