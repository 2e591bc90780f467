import type pg from 'pg';

import type { AuditEntry, Conflict, DeadLetter, Parked } from '#contracts/sync-admin.ts';

import { instant } from './columns.repository.ts';
import { parseExactly } from './exact-json.ts';

type Reader = pg.Pool | pg.ClientBase;

/** Which rows of a list, and how many; absent is all. */
export interface Filter {
  readonly entity?: string | undefined;
  readonly key?: string | undefined;
  readonly limit: number;
}

const conflictColumns = `jsonb_build_object('id', c.id::text, 'entity', c.entity, 'key', c.key, 'rule', c.rule, 'detectedAt', ${instant('c.detected_at')},
  'winner', jsonb_build_object('version', c.winner_version::text, 'origin', c.winner_origin, 'writtenAt', ${instant('sync.time_of(c.winner_version)')}),
  'loser', jsonb_build_object('version', c.loser_version::text, 'origin', c.loser_origin, 'writtenAt', ${instant('sync.time_of(c.loser_version)')}))`;

const parkedColumns = `jsonb_build_object('entity', p.entity, 'key', p.key, 'version', p.version::text, 'origin', p.origin, 'reason', p.reason,
  'detail', p.detail, 'parkedAt', ${instant('p.parked_at')}, 'triedAt', ${instant('p.tried_at')},
  'waitsFor', CASE WHEN p.waits_for_key IS NOT NULL THEN jsonb_build_object('entity', p.waits_for_entity, 'key', p.waits_for_key) END)`;

const letterColumns = `jsonb_build_object('id', d.id::text, 'entity', d.entity, 'key', d.key, 'version', d.version::text, 'reason', d.reason, 'detail', d.detail,
  'side', CASE WHEN d.item IS NULL THEN 'sent' ELSE 'received' END, 'createdAt', ${instant('d.created_at')})`;

async function select<Item>(reader: Reader, text: string, values: readonly unknown[]): Promise<Item[]> {
  const { rows } = await reader.query<{ row: Item }>(text, [...values]);
  return rows.map(({ row }) => row);
}

/** From the newest down. */
export const listConflicts = (reader: Reader, { entity, key, limit }: Filter, after?: { id: string }): Promise<Conflict[]> =>
  select<Conflict>(
    reader,
    `SELECT ${conflictColumns} AS row FROM sync.conflict c
     WHERE ($1::text IS NULL OR c.entity = $1) AND ($2::text IS NULL OR c.key = $2) AND ($3::int8 IS NULL OR c.id < $3) ORDER BY c.id DESC LIMIT $4`,
    [entity, key, after?.id, limit],
  );

/** One conflict with both versions, as they crossed; numbers that a double would round as text. */
export async function readConflict(
  reader: Reader,
  id: string,
): Promise<(Conflict & { winnerItem: unknown; loserItem: unknown }) | undefined> {
  const text = `SELECT ${conflictColumns} AS row, c.winner::text AS "winnerItem", c.loser::text AS "loserItem" FROM sync.conflict c WHERE c.id = $1`;
  const { rows } = await reader.query<{ row: Conflict; winnerItem: string; loserItem: string }>(text, [id]);
  const [found] = rows;
  return found && { ...found.row, winnerItem: parseExactly(found.winnerItem), loserItem: parseExactly(found.loserItem) };
}

/** By entity and key. */
export const listParked = (reader: Reader, { entity, key, limit }: Filter, after?: { entity: string; key: string }): Promise<Parked[]> =>
  select<Parked>(
    reader,
    `SELECT ${parkedColumns} AS row FROM sync.parked p
     WHERE ($1::text IS NULL OR p.entity = $1) AND ($2::text IS NULL OR p.key = $2) AND ($3::text IS NULL OR (p.entity, p.key) > ($3, $4::text))
     ORDER BY p.entity, p.key LIMIT $5`,
    [entity, key, after?.entity, after?.key, limit],
  );

/** Those that still hold, from the newest down: what the peer has taken since is none any more. */
export const listDeadLetters = (reader: Reader, { entity, key, limit }: Filter, after?: { id: string }): Promise<DeadLetter[]> =>
  select<DeadLetter>(
    reader,
    `SELECT ${letterColumns} AS row FROM sync.dead_letter d
     WHERE d.resolved_at IS NULL AND ($1::text IS NULL OR d.entity = $1) AND ($2::text IS NULL OR d.key = $2) AND ($3::int8 IS NULL OR d.id < $3) ORDER BY d.id DESC LIMIT $4`,
    [entity, key, after?.id, limit],
  );

/** From the newest down. */
export const listAudit = (reader: Reader, limit: number, after?: { id: string }): Promise<AuditEntry[]> =>
  select<AuditEntry>(
    reader,
    `SELECT jsonb_build_object('id', a.id::text, 'at', ${instant('a.at')}, 'actor', a.actor, 'action', a.action, 'subject', a.subject, 'reason', a.reason) AS row
     FROM sync.audit a WHERE ($1::int8 IS NULL OR a.id < $1) ORDER BY a.id DESC LIMIT $2`,
    [after?.id, limit],
  );
