import type { Mutant } from '../mutant.ts';

const sql = 'services/sync/migrations/0001-core';
const collect = `${sql}/4-collect.sql`;
const apply = `${sql}/6-apply-template.sql`;
const collectTest = 'services/sync/collect.pg.test.ts';
const letters = 'services/sync/letters.pg.test.ts';
const parents = 'services/sync/parents.pg.test.ts';
const engine = 'services/sync/engine.pg.test.ts';

/** What is kept for a time, and what is given up. */
export const collectMutants: readonly Mutant[] = [
  {
    id: 'collected-before-the-horizon',
    guards: ['I50', 'hole 14'],
    bug: 'a tombstone goes as soon as the peer has it',
    file: collect,
    find: 'WHERE g.confirmed_at < oldest AND g.version < oldest_version',
    replacement: 'WHERE g.confirmed_at IS NOT NULL',
    killedBy: { file: collectTest, name: 'are collected when the peer has them and the horizon is past, not before' },
  },
  {
    id: 'collected-unconfirmed',
    guards: ['I50', 'hole 14'],
    bug: 'a tombstone goes though the peer never answered it',
    file: collect,
    find: 'WHERE g.confirmed_at < oldest AND g.version < oldest_version',
    replacement: 'WHERE g.version < oldest_version',
    killedBy: { file: collectTest, name: 'are collected when the peer has them and the horizon is past, not before' },
  },
  {
    id: 'parked-deletion-is-confirmed',
    guards: ['I50', 'hole 14'],
    bug: 'a deletion that the peer only parked counts as taken',
    file: 'services/sync/worker/exchange.ts',
    find: `new Set(['applied', 'stale', 'conflict'])`,
    replacement: `new Set(['applied', 'stale', 'conflict', 'parked'])`,
    killedBy: { file: collectTest, name: 'that a parked deletion left are not taken for confirmed' },
  },
  {
    id: 'latecomers-are-let-in',
    guards: ['I51', 'hole 14'],
    bug: 'what is older than a collected tombstone and not here is applied',
    file: collect,
    find: 'SELECT CASE WHEN n.filling THEN 0 ELSE n.collected_version END FROM sync.node n',
    replacement: 'SELECT 0::int8 FROM sync.node n',
    killedBy: { file: collectTest, name: 'a late row does not come back' },
  },
  {
    id: 'another-version-is-admitted',
    guards: ['I51'],
    bug: 'what an operator let in lets every later version in',
    file: `${sql}/4-park.sql`,
    find: 'admitted = p.admitted AND (excluded.version, excluded.origin) = (p.version, p.origin)',
    replacement: 'admitted = p.admitted',
    killedBy: { file: collectTest, name: 'what was admitted is this version' },
  },
  {
    id: 'whatever-is-old-is-refused',
    guards: ['I52', 'hole 14'],
    bug: 'the horizon itself is the bound, not what was collected',
    file: collect,
    find: 'SET collected_version = newest WHERE',
    replacement: 'SET collected_version = oldest_version WHERE',
    killedBy: { file: collectTest, name: 'a row that was written since, in an outage longer than the horizon, is no latecomer' },
  },
  {
    id: 'collected-between-two-looks',
    guards: ['I53', 'hole 14'],
    bug: 'an apply does not look again whether tombstones were collected',
    file: apply,
    find: 'IF sync.collected_version() <> collected THEN',
    replacement: 'IF false THEN',
    killedBy: { file: collectTest, name: 'an apply between whose looks tombstones are collected' },
  },
  {
    id: 'parked-for-ever',
    guards: ['I54', 'hole 14'],
    bug: 'parked items do not expire',
    file: collect,
    find: `clock_timestamp() - sync.setting_interval('parked_expiry_ms')`,
    replacement: `'-infinity'::timestamptz`,
    killedBy: { file: collectTest, name: 'parked items become dead letters' },
  },
  {
    id: 'characters-for-bytes',
    guards: ['I55'],
    bug: 'the size of an item is counted in characters',
    file: 'services/sync/protocol/body.ts',
    find: 'Buffer.byteLength(item) > MOST_ITEM_BYTES',
    replacement: 'item.length > MOST_ITEM_BYTES',
    killedBy: { file: letters, name: 'becomes a dead letter, and crosses when it shrinks' },
  },
  {
    id: 'letters-stay-open',
    guards: ['I55'],
    bug: 'a dead letter stays open when its row has crossed',
    file: 'services/sync/worker/exchange.ts',
    find: 'if (await lettersAreOpen) await resolveDeadLetters(pool, taken);',
    replacement: '',
    killedBy: { file: letters, name: 'becomes a dead letter, and crosses when it shrinks' },
  },
  {
    id: 'unknown-message-is-dropped',
    guards: ['I56'],
    bug: 'a message of an unknown type is deleted at once',
    file: 'services/sync/worker/coalesce.ts',
    find: `message.kind !== 'unknown'`,
    replacement: 'true',
    killedBy: { file: letters, name: 'stay in the queue for a newer worker' },
  },
  {
    id: 'parent-gone-is-not-named',
    guards: ['I57', 'hole 11'],
    bug: 'a child whose parent goes meanwhile waits for nobody',
    file: 'services/sync/ingest/apply-one.ts',
    find: `return again ? park('missing_parent') : tryAgain();`,
    replacement: `return park('missing_parent');`,
    killedBy: { file: parents, name: 'a child whose parent goes while it is applied waits for it by name' },
  },
  {
    id: 'revival-forgets',
    guards: ['I58'],
    bug: 'a revived row takes the vector of the deletion over its own',
    file: `${sql}/2-clock.sql`,
    find: 'max(e.value::int8) AS version',
    replacement: 'min(e.value::int8) AS version',
    killedBy: { file: parents, name: 'a revived row keeps the greater of what it and the deletion had seen' },
  },
  {
    id: 'deletions-together-are-blind',
    guards: ['I59', 'hole 8'],
    bug: 'the statement that settles deletions does not ask what they had seen',
    file: apply,
    find: 'AND i."$v" > t.version AND sync.covers(i."$v", i."$o", i."$w", t.version, t.origin)',
    replacement: '',
    killedBy: { file: engine, name: 'deletions of many rows are settled together' },
  },
];
