import type pg from 'pg';

import { crossingColumns, type SyncPolicies } from '#contracts/sync-policy.ts';

import type { ItemResult } from '../protocol/answer.ts';
import { carriesAny } from './names.ts';
import { restrictedNames } from './restricted.ts';
import { readColumns } from './tables.repository.ts';

/** Why an item is not let in: it carries a column that does not cross here, or belongs to a table that does not. Nothing of it is kept. */
export const RESIDENCY = 'residency';
const refused: ItemResult = { outcome: 'rejected', reason: RESIDENCY };
const malformed: ItemResult = { outcome: 'rejected', reason: 'malformed_item' };

const ENTITY = /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/;

/** What to answer for an item that is not let in; undefined where it may go on to be applied, or parked. */
export type Screen = (entity: string, item: string) => ItemResult | undefined;

/**
 * Prepares the check of what comes in under `entities`, from the tables as they are in this transaction: a column that a migration has just
 * added stays home until its policy says otherwise, whatever this process knows.
 */
export async function screenIngress(client: pg.ClientBase, policies: SyncPolicies, entities: readonly string[]): Promise<Screen> {
  const named = [...new Set(entities)].filter((entity) => ENTITY.test(entity));
  const tables = await readColumns(client, named);
  const checks = new Map(named.map((entity) => [entity, checkOf(policies, entity, tables.get(entity))]));
  return (entity, item) => (checks.get(entity) ?? (() => malformed))(item);
}

function checkOf(policies: SyncPolicies, entity: string, columns: readonly string[] | undefined): (item: string) => ItemResult | undefined {
  const policy = policies.of(entity);
  // A table that is here, but does not cross.
  if (policy === undefined && columns !== undefined) return () => refused;
  const crossing = new Set(policy === undefined ? [] : crossingColumns(policy));
  const carries = carriesAny([...restrictedNames(policies, entity), ...(columns ?? []).filter((name) => !crossing.has(name))]);
  const answers = { none: undefined, some: refused, unreadable: malformed };
  return (item) => answers[carries(item)];
}
