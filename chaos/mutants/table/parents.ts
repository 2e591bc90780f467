import type { Mutant } from '../mutant.ts';

const parked = 'services/sync/ingest/parked.ts';
const apply = 'services/sync/ingest/apply.ts';
const parents = 'services/sync/parents.pg.test.ts';
const border = 'services/sync/border.pg.test.ts';

/** What waits, and what sets it free. */
export const parentMutants: readonly Mutant[] = [
  {
    id: 'nobody-is-woken',
    guards: ['I14', 'hole 11'],
    bug: 'a parent that comes sets nobody free',
    file: 'services/sync/ingest/app.ts',
    find: 'await wake(',
    replacement: 'void (',
    killedBy: { file: parents, name: 'a child that came first is applied when its parent comes' },
  },
  {
    id: 'one-level-is-woken',
    guards: ['I14', 'hole 11'],
    bug: 'what a woken row is the parent of goes on waiting',
    file: parked,
    find: 'filters.push(filter, ...wokenBy(deps.policies, retried.groups, retried.answers, colliding));',
    replacement: 'filters.push(filter);',
    killedBy: { file: parents, name: 'what a woken parent is the parent of wakes too' },
  },
  {
    id: 'batch-is-refused-whole',
    guards: ['I15', 'hole 11'],
    bug: 'one item that raises an error refuses its neighbours',
    file: apply,
    find: `if (!isRefusal(error)) throw error;\n    if (isLocked(error)`,
    replacement: `throw error;\n    if (isLocked(error)`,
    killedBy: { file: border, name: 'one bad item is named and its neighbours are applied' },
  },
  {
    id: 'triggers-stop-the-stream',
    guards: ['I15', 'hole 11'],
    bug: 'what a trigger of the table raises refuses the whole batch, for ever',
    file: 'services/sync/ingest/apply-one.ts',
    find: "'XX',",
    replacement: "'XX', 'P0',",
    killedBy: { file: border, name: 'what a trigger of the table refuses is named and its neighbours are applied' },
  },
  {
    id: 'circles-are-not-looked-for',
    guards: ['I32', 'hole 11'],
    bug: 'rows that refer to each other come back when they are deleted, if something else is refused beside them',
    file: apply,
    find: '      left = circle;',
    replacement: '      return;',
    killedBy: { file: parents, name: 'a circle that moves in both regions made is deleted as one' },
  },
  {
    id: 'cascades-are-let-in',
    guards: ['I113', 'hole 11'],
    bug: 'a table is synced whose rows a cascade takes, unseen, when a deletion is applied',
    file: 'services/sync/migrations/0001-core/7-make-synced.sql',
    find: '  PERFORM sync.check_references(declared);\n',
    replacement: '',
    killedBy: { file: 'services/sync/make-synced.pg.test.ts', name: 'a deletion that takes children along' },
  },
  {
    id: 'revival-keeps-its-epoch',
    guards: ['I27', 'hole 17'],
    bug: 'a row that others need is revived under its own rank, below that of the deletion',
    file: 'services/sync/migrations/0001-core/64-parts-declare.sql',
    find: `'life_rank_joined', $rank$(joined -> '$p'`,
    replacement: `'life_rank_joined', $rank$(held -> '$p'`,
    killedBy: { file: 'services/sync/home-parents.pg.test.ts', name: 'comes back under the epoch of the deletion' },
  },
  {
    id: 'deletion-is-taken-for-an-orphan',
    guards: ['I27', 'hole 11'],
    bug: 'a deletion that rows here refer to waits for a parent that will not come',
    file: 'services/sync/ingest/apply-one.ts',
    find: 'return code === FOREIGN_KEY_VIOLATION || code === RESTRICT_VIOLATION ? park(STILL_NEEDED) : refuse();',
    replacement: `return code === FOREIGN_KEY_VIOLATION ? park('missing_parent') : refuse();`,
    killedBy: { file: parents, name: 'a parent deleted there while a child was made here' },
  },
  {
    id: 'one-round-of-the-waiting',
    guards: ['I28'],
    bug: 'a parent sets the first five hundred free',
    file: parked,
    find: 'filters.push(filter, ...wokenBy(',
    replacement: 'filters.push(...wokenBy(',
    killedBy: { file: parents, name: 'a parent that more wait for than one round takes sets them all free' },
  },
  {
    id: 'the-oldest-are-always-tried-first',
    guards: ['I29'],
    bug: 'what can be applied starves behind what cannot',
    file: 'services/sync/ingest/apply.repository.ts',
    find: 'ORDER BY tried_at LIMIT 500',
    replacement: 'ORDER BY parked_at LIMIT 500',
    killedBy: { file: border, name: 'what can be applied does not starve behind what cannot' },
  },
  {
    id: 'deletions-parents-first',
    guards: ['I32'],
    bug: 'parents are deleted before their children',
    file: apply,
    find: 'isDeletion(item))).reverse();',
    replacement: 'isDeletion(item)));',
    killedBy: { file: parents, name: 'a parent is deleted when its children are deleted first, in one batch or in two' },
  },
];
