import pg from 'pg';

import type { EntityPolicy } from '#contracts/sync-policy.ts';
import { codeOf } from '#platform/errors.ts';

import type { ItemResult } from '../protocol/answer.ts';
import { isDeletion } from '../protocol/body.ts';
import { applyItems, findHolder, parkItem } from './apply.repository.ts';

/** Why a deletion waits: rows here still refer to what it deletes. Their own deletion may be under way; if it is not, the row is revived. */
export const STILL_NEEDED = 'still_needed';
/** Why a row waits: another row holds the value that it claims. */
export const UNIQUE_COLLISION = 'unique_collision';

/** Why a row waits: a trigger of the table fails with it, in a way that says nothing of the data. */
const APPLY_FAILED = 'apply_failed';

/** Why a row waits: a column that must not be empty here is not known where it comes from yet. */
const COLUMN_MISSING = 'column_missing';

const NOT_NULL_VIOLATION = '23502';
const FOREIGN_KEY_VIOLATION = '23503';
const UNIQUE_VIOLATION = '23505';
const EXCLUSION_VIOLATION = '23P01';
const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';
/** What newer PostgreSQL answers for RESTRICT. */
const RESTRICT_VIOLATION = '23001';

/**
 * Classes of SQLSTATE that say nothing of the data: connections, transaction states, authorization, rollbacks to be repeated, a statement that does not fit the
 * schema, resources, locks, operators, the system, and PostgreSQL itself (https://www.postgresql.org/docs/17/errcodes-appendix.html). Whatever else is raised,
 * by limits and by triggers with codes of their own, is about the item.
 */
const FAILURES: ReadonlySet<string> = new Set([
  '08',
  '25',
  '26',
  '28',
  '2D',
  '34',
  '3B',
  '3D',
  '40',
  '42',
  '53',
  '55',
  '57',
  '58',
  '72',
  'F0',
  'XX',
]);
const SQLSTATE = /^[0-9A-Z]{5}$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;

/** Of them, those that a trigger of the table may raise for the sake of one row. */
const OF_TRIGGERS: ReadonlySet<string> = new Set(['28', '2D', '42', '55', 'F0']);

/** Did PostgreSQL, or a trigger of the table, refuse the data (an item at fault), rather than fail? */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (!(error instanceof pg.DatabaseError) || !SQLSTATE.test(code)) return false;
  return !FAILURES.has(code.slice(0, 2)) || isOfTrigger(error) || isLocked(error);
}

/** Did a function of somebody else's raise it? The innermost function of the error's context is not one of the engine's. */
function isOfTrigger(error: pg.DatabaseError): boolean {
  if (!OF_TRIGGERS.has((error.code ?? '').slice(0, 2))) return false;
  const innermost = /^PL\/pgSQL function (\S+)\(/m.exec(error.where ?? '')?.[1];
  return innermost !== undefined && !innermost.startsWith('sync.');
}

/** Does somebody hold a lock on the row that an item is for, for longer than one waits here? */
export const isLocked = (error: unknown): boolean => codeOf(error) === LOCK_NOT_AVAILABLE;

/** Did a statement take more time than it is given? */
export const isTooSlow = (error: unknown): boolean => codeOf(error) === QUERY_CANCELED;

/** Applies one item in a savepoint of its own. Answers the error where PostgreSQL refuses it; nothing of it stays then. */
async function tryItem(client: pg.ClientBase, policy: EntityPolicy, item: string): Promise<{ result: ItemResult } | { error: unknown }> {
  await client.query('SAVEPOINT item');
  try {
    const [result] = await applyItems(client, policy, [item]);
    await client.query('RELEASE SAVEPOINT item');
    if (result === undefined) throw new Error(`an item of ${policy.entity} was left unanswered`);
    return { result };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT item');
    return { error };
  }
}

/** Applies one item by itself; what is refused is parked, or rejected for good. */
export async function applyOne(client: pg.ClientBase, policy: EntityPolicy, item: string): Promise<ItemResult> {
  const tried = await tryItem(client, policy, item);
  return 'result' in tried ? tried.result : settleRefused(client, policy, item, tried.error);
}

/** What becomes of a single item that PostgreSQL refused with a data or constraint error; `again`: it was tried once more already. */
export async function settleRefused(
  client: pg.ClientBase,
  policy: EntityPolicy,
  item: string,
  error: unknown,
  again = false,
): Promise<ItemResult> {
  const code = codeOf(error) ?? '';
  const constraint = constraintOf(error);
  if (isLocked(error)) return park('busy');
  if (error instanceof pg.DatabaseError && isOfTrigger(error)) return park(APPLY_FAILED);
  if (isDeletion(item)) {
    return code === FOREIGN_KEY_VIOLATION || code === RESTRICT_VIOLATION ? park(STILL_NEEDED) : refuse();
  }
  if (code === FOREIGN_KEY_VIOLATION) {
    // The parent went while the row came. Whoever deleted it has committed: now the parent is seen to be missing, and waited for by name.
    return again ? park('missing_parent') : tryAgain();
  }
  if (code === NOT_NULL_VIOLATION && lacks(item, policy, error)) return park(COLUMN_MISSING);
  if (code !== UNIQUE_VIOLATION && code !== EXCLUSION_VIOLATION) return refuse();
  const holder = await findHolder(client, policy.entity, item, constraint ?? '');
  // Who was in the way has moved on since; or it was this very row, which came twice at once: its key was free when it was looked up, its value no more.
  if (holder === undefined && !again) return tryAgain();
  await parkItem(client, policy.entity, item, UNIQUE_COLLISION, constraint, holder?.key);
  return { outcome: 'parked', reason: UNIQUE_COLLISION, ...(holder !== undefined && { collision: { ...holder, loser: null } }) };

  async function tryAgain(): Promise<ItemResult> {
    const tried = await tryItem(client, policy, item);
    return 'result' in tried ? tried.result : settleRefused(client, policy, item, tried.error, true);
  }

  async function park(reason: string): Promise<ItemResult> {
    await parkItem(client, policy.entity, item, reason, reason === APPLY_FAILED ? namedBy(error) : constraint);
    return { outcome: 'parked', reason };
  }

  function refuse(): ItemResult {
    return { outcome: 'rejected', reason: code.startsWith('22') ? 'malformed_item' : 'constraint', detail: namedBy(error) };
  }
}

/** What refused an item, by its name, which crosses. PostgreSQL's own message may quote values, and a trigger may put one in a name's place. */
function namedBy(error: unknown): string {
  const column = error instanceof pg.DatabaseError ? error.column : undefined;
  const name = constraintOf(error) ?? column ?? '';
  return NAME.test(name) ? name : `SQLSTATE ${codeOf(error) ?? ''}`;
}

function constraintOf(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.constraint ?? null) : null;
}

/** Is it a column of the entity's own table that is empty for want of it in the item? */
function lacks(item: string, policy: EntityPolicy, error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError) || `${error.schema}.${error.table}` !== policy.entity || error.column === undefined)
    return false;
  const names: unknown = JSON.parse(item);
  return typeof names === 'object' && names !== null && !(error.column in names);
}
