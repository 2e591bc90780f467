import type { Mutant } from '../mutant.ts';

const applyTemplate = 'services/sync/migrations/0001-core/6-apply-template.sql';
const makeSynced = 'services/sync/migrations/0001-core/7-make-synced.sql';
const engine = 'services/sync/engine.pg.test.ts';
const races = 'services/sync/races.pg.test.ts';
const stamps = 'services/sync/stamps.pg.test.ts';

/** The receiving side, row by row. */
export const applyMutants: readonly Mutant[] = [
  {
    id: 'greater-version-simply-wins',
    guards: ['I7'],
    bug: 'a greater version replaces what it has not seen, without a record',
    file: applyTemplate,
    find: 'WHERE excluded.version > t.version AND sync.covers(excluded.version, excluded.origin, excluded.vector, t.version, t.origin)',
    replacement: 'WHERE excluded.version > t.version',
    killedBy: { file: engine, name: 'concurrent edits: both sides keep the greater stamp and a record of the loser' },
  },
  {
    id: 'dominance-by-an-old-snapshot',
    guards: ['I7', 'hole 1'],
    bug: 'whether the incoming version covers the held one is judged before the row is locked',
    file: applyTemplate,
    find: 'WHERE excluded.version > t.version AND sync.covers(excluded.version, excluded.origin, excluded.vector, t.version, t.origin)',
    replacement:
      'WHERE excluded.version > t.version AND (SELECT sync.covers(excluded.version, excluded.origin, excluded.vector, s.version, s.origin) FROM {{table}} s WHERE s.{{key}} = t.{{key}})',
    killedBy: { file: stamps, name: 'an apply of a greater version that waited for a local edit records it' },
  },
  {
    id: 'concurrent-always-loses',
    guards: ['I8'],
    bug: 'a concurrent edit loses, whatever its stamp',
    file: applyTemplate,
    find: 'IF (item."$v", item."$o" COLLATE "C") < (settled.version, settled.origin COLLATE "C") THEN',
    replacement: 'IF true THEN',
    killedBy: { file: engine, name: 'concurrent edits: both sides keep the greater stamp and a record of the loser' },
  },
  {
    id: 'no-conflict-record',
    guards: ['I9', 'hole 19'],
    bug: 'the loser of a conflict leaves no record',
    file: applyTemplate,
    find: '  -- Whoever calls, the record tells the order that both regions agree on.',
    replacement: '  RETURN;',
    killedBy: { file: 'chaos/explorer/convergence.pg.test.ts', name: 'random histories converge' },
  },
  {
    id: 'tombstones-are-not-looked-at',
    guards: ['I10', 'hole 8'],
    bug: 'a row is inserted over its grave, however old it is',
    file: applyTemplate,
    find: 'WHERE g.entity = {{entity}} AND g.key = i."$k"::text AND ({{home_first}} OR NOT sync.covers(i."$v", i."$o", i."$w", g.version, g.origin))',
    replacement: 'WHERE false',
    killedBy: { file: engine, name: 'a delete crosses, and a late older write does not bring the row back' },
  },
  {
    id: 'no-second-look-at-tombstones',
    guards: ['I11', 'hole 8'],
    bug: 'an apply that waited for a local delete inserts beside its tombstone',
    file: applyTemplate,
    find: 'WHERE g.entity = {{entity}} AND g.key = ANY (taken_keys) FOR UPDATE OF g, t',
    replacement: 'WHERE false FOR UPDATE OF g, t',
    killedBy: { file: races, name: 'an apply that waited for a local delete does not leave a row beside its grave' },
  },
  {
    id: 'horizon-of-a-year',
    guards: ['I13'],
    bug: 'a stamp of tomorrow is taken, and nobody can write the row until then',
    file: applyTemplate,
    find: '(600000::int8 << 16)',
    replacement: '(31536000000::int8 << 16)',
    killedBy: { file: engine, name: 'a stamp from too far ahead is parked, and the row stays writable' },
  },
  {
    id: 'lock-for-each-known-grave',
    guards: ['I33'],
    bug: 'a tombstone that is held already asks for the lock against inserts again',
    file: applyTemplate,
    find: 'AND (grave.version IS NULL OR NOT sync.covers(grave.version, grave.origin, grave.vector, item."$v", item."$o")) THEN',
    replacement: 'THEN',
    killedBy: { file: races, name: 'graves that are held already are no reason to wait for who inserts' },
  },
  {
    id: 'repoint-forgets-tombstones',
    guards: ['I31'],
    bug: 'a lost queue is refilled with rows alone',
    file: makeSynced,
    find: 'UNION ALL SELECT key, version FROM sync.tombstone WHERE entity = %1$L AND origin LIKE $1) all_of_them',
    replacement: ') all_of_them',
    killedBy: { file: races, name: 'a queue that lost its messages is refilled' },
  },
  {
    id: 'rolled-back-is-answered',
    guards: ['I114'],
    bug: 'a transaction that COMMIT rolled back is answered as committed',
    file: 'services/sync/ingest/transaction.ts',
    find: "if (command !== 'COMMIT') throw new Error('the transaction was rolled back');",
    replacement: 'void command;',
    killedBy: {
      file: 'services/sync/ingest/transaction.pg.test.ts',
      name: 'a transaction in which an error was passed over is not taken for committed',
    },
  },
  {
    id: 'limits-fail-the-batch',
    guards: ['I15'],
    bug: 'what an index does not take fails the whole batch, again and again',
    file: 'services/sync/ingest/apply-one.ts',
    find: "'55',",
    replacement: "'54', '55',",
    killedBy: { file: 'services/sync/border.pg.test.ts', name: 'what an index that does not take so long a value refuses is named' },
  },
  {
    id: 'unknown-non-item-fails-the-batch',
    guards: ['I15'],
    bug: 'what is no item of an unknown entity fails the whole batch',
    file: 'services/sync/ingest/apply.ts',
    find: "await inSavepoint(client, () => parkItem(client, entity, item, 'unknown_entity', null))",
    replacement: "await parkItem(client, entity, item, 'unknown_entity', null).then(() => true)",
    killedBy: { file: 'services/sync/border.pg.test.ts', name: 'what is no item of an entity that is not known here is named' },
  },
];
