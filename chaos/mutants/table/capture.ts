import type { Mutant } from '../mutant.ts';

const templates = 'services/sync/migrations/0001-core/5-templates.sql';
const triggers = 'services/sync/migrations/0001-core/5-stamp-triggers.sql';
const clock = 'services/sync/migrations/0001-core/2-clock.sql';
const makeSynced = 'services/sync/migrations/0001-core/7-make-synced.sql';
const engine = 'services/sync/engine.pg.test.ts';
const races = 'services/sync/races.pg.test.ts';
const stamps = 'services/sync/stamps.pg.test.ts';

/** Stamps, capture, tombstones: what happens in the writer's transaction. */
export const captureMutants: readonly Mutant[] = [
  {
    id: 'capture-overlooks-updates',
    guards: ['I1', 'hole 20'],
    bug: 'updates write no pointer',
    file: templates,
    find: "ELSIF TG_OP = 'UPDATE' THEN",
    replacement: "ELSIF TG_OP = 'UPDATE' THEN RETURN NULL;",
    killedBy: { file: engine, name: 'a bulk statement costs one outbox row a statement' },
  },
  {
    id: 'any-role-may-switch-capture-off',
    guards: ['I2', 'hole 5'],
    bug: 'the setting alone counts as applying, whoever makes it',
    file: clock,
    find: `= 'on' AND session_user = 'sync';`,
    replacement: `= 'on';`,
    killedBy: { file: engine, name: 'a setting alone does not switch capture off' },
  },
  {
    id: 'applied-rows-come-back',
    guards: ['I3'],
    bug: 'what sync applies is stamped and captured like a local write',
    file: clock,
    find: `RETURN current_setting('sync.applying', true) = 'on' AND session_user = 'sync';`,
    replacement: 'RETURN false;',
    killedBy: { file: engine, name: 'what is written here is there, with the same stamp, and does not come back' },
  },
  {
    id: 'home-columns-are-stamped',
    guards: ['I4', 'hole 7'],
    bug: 'a change that touches no crossing column is stamped and published',
    file: triggers,
    find: '{{new_compared}} IS DISTINCT FROM {{old_compared}} AND OLD.origin',
    replacement: 'OLD.origin',
    killedBy: { file: engine, name: 'a change of a column that stays home makes neither stamp nor pointer' },
  },
  {
    id: 'update-takes-the-clock-alone',
    guards: ['I5', 'hole 21'],
    bug: 'an update does not look at the version that it replaces',
    file: templates,
    find: 'NEW.version := greatest(sync.tick(), OLD.version + 1);',
    replacement: 'NEW.version := sync.tick();',
    killedBy: { file: stamps, name: 'an edit of a row stamped ahead of this clock is stamped above it' },
  },
  {
    id: 'vector-is-not-extended',
    guards: ['I6'],
    bug: 'an edit of what came from the other side does not say that it has seen it',
    file: templates,
    find: '      NEW.vector := sync.seen(own, OLD.version, OLD.origin, OLD.vector);',
    replacement: '      NEW.vector := OLD.vector;',
    killedBy: { file: engine, name: 'an edit of what came from the other side dominates it' },
  },
  {
    id: 'truncate-goes-through',
    guards: ['I12'],
    bug: 'TRUNCATE is not refused',
    file: makeSynced,
    find: 'BEFORE TRUNCATE ON',
    replacement: 'AFTER UPDATE ON',
    killedBy: { file: engine, name: 'TRUNCATE is refused, and so is a changed key' },
  },
  {
    id: 'keys-may-change',
    guards: ['I12', 'hole 6'],
    bug: 'an update may change the key of a row',
    file: templates,
    find: 'IF NEW.{{key}} IS DISTINCT FROM OLD.{{key}} THEN',
    replacement: 'IF false THEN',
    killedBy: { file: engine, name: 'TRUNCATE is refused, and so is a changed key' },
  },
  {
    id: 'inserts-announce-nothing',
    guards: ['I25', 'hole 8'],
    bug: 'who inserts takes no lock that a tombstone without a row would wait for',
    file: templates,
    find: 'PERFORM pg_advisory_xact_lock_shared({{lock}});',
    replacement: '',
    killedBy: { file: races, name: 'a grave for a row that is being inserted waits' },
  },
  {
    id: 'insert-below-an-unseen-grave',
    guards: ['I26', 'hole 8'],
    bug: 'an insert that waited for a deletion does not look for its tombstone again',
    file: templates,
    find: 'AND g.version >= n.version) THEN',
    replacement: 'AND false) THEN',
    killedBy: { file: races, name: 'an insert that waited for a deletion stamped ahead' },
  },
  {
    id: 'trigger-functions-for-everybody',
    guards: ['I30'],
    bug: 'any role may hang the capture function on a table of its own',
    file: makeSynced,
    find: `EXECUTE sync.render('REVOKE ALL ON FUNCTION sync.{{function}}_', parts) || template.name || ' FROM PUBLIC';`,
    replacement: 'NULL;',
    killedBy: { file: engine, name: 'no other role can put pointers or tombstones there' },
  },
  {
    id: 'any-isolation-inserts',
    guards: ['I34'],
    bug: 'an insert is let in under a snapshot that cannot see a new tombstone',
    file: templates,
    find: `IF current_setting('transaction_isolation') <> 'read committed' THEN`,
    replacement: 'IF false THEN',
    killedBy: { file: races, name: 'an insert under a snapshot that could not see a tombstone is refused' },
  },
  {
    id: 'incarnation-is-not-told',
    guards: ['hole 2'],
    bug: 'after a restore versions are given out again under the old name',
    file: clock,
    find: `region || '#' || incarnation);`,
    replacement: `region || '#1');`,
    killedBy: { file: stamps, name: 'a version that a restored region gives out again is not taken for the one that was lost' },
  },
];
