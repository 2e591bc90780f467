import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

import { createPolicies, entityPolicies, type EntityPolicy, type MergeRule } from '#contracts/sync-policy.ts';
import { makeSynced } from '#platform/synced-table.ts';

import { openBoth, type TestRegion } from './regions.ts';

const crosses = { crosses: true, ground: 'public-catalogue' } as const;
const policy = (entity: string, columns: readonly string[], merge: MergeRule, more: Partial<EntityPolicy> = {}): EntityPolicy => ({
  entity,
  key: 'id',
  columns: Object.fromEntries(columns.map((column) => [column, crosses])),
  parents: {},
  merge,
  ...more,
});

/** A ticket: two groups, a state machine with what belongs to the state, and a counter. */
export const ticket = policy('catalog.ticket', ['title', 'body', 'assignee', 'state', 'reason', 'views'], {
  rule: 'parts',
  groups: {
    content: { columns: ['title', 'body'] },
    work: { columns: ['assignee'] },
    progress: { columns: ['state', 'reason'], ranks: { column: 'state', order: { new: 0, open: 1, done: 2, refused: 2 } } },
  },
  counters: ['views'],
});
/** What belongs to a ticket, and keeps it from being deleted. */
const comment = policy('catalog.comment', ['ticket_id', 'words'], { rule: 'row' }, { parents: { ticket_id: 'catalog.ticket' } });
/** A branch, which one region runs. */
const branch = policy('catalog.branch', ['home', 'name'], { rule: 'home-region', column: 'home' });

export const mergedPolicies = createPolicies([...entityPolicies, ticket, comment, branch]);

const tables = `
  CREATE TABLE catalog.ticket (id uuid PRIMARY KEY, title text, body text, assignee text, state text NOT NULL DEFAULT 'new', reason text,
    views int8 NOT NULL DEFAULT 0, note text);
  CREATE TABLE catalog.comment (id uuid PRIMARY KEY, ticket_id uuid NOT NULL REFERENCES catalog.ticket, words text);
  CREATE TABLE catalog.branch (id uuid PRIMARY KEY, home text NOT NULL, name text, phone text);
  GRANT ALL ON catalog.ticket, catalog.comment, catalog.branch TO catalog;`;

/** Makes `list` synced as a migration does: in the role of the migrator, one after another. */
async function declare(region: TestRegion, list: readonly EntityPolicy[], ddl = ''): Promise<void> {
  const pool = new pg.Pool({ connectionString: region.database.roles.migrator, max: 1 });
  const db = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  try {
    if (ddl !== '') await pool.query(ddl);
    for (const one of list) await makeSynced(db, one);
  } finally {
    await db.destroy();
  }
}

/** Two regions with a table of each merge rule. */
export async function openMerged(): Promise<Awaited<ReturnType<typeof openBoth>>> {
  const both = await openBoth();
  for (const region of [both.world, both.china]) await declare(region, [ticket, comment, branch], tables);
  return both;
}
