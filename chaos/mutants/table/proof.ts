import type { Mutant } from '../mutant.ts';

const histories = { file: 'chaos/explorer/convergence.pg.test.ts', name: 'random histories converge' };
const killed = (name: string): Mutant['killedBy'] => ({ file: 'chaos/kill/kill.pg.test.ts', name });
const applyTemplate = 'services/sync/migrations/0001-core/6-apply-template.sql';

/** What the explorer's own oracles and the killing of processes guard. */
export const proofMutants: readonly Mutant[] = [
  {
    id: 'insert-forgets-its-grave',
    guards: ['I100', 'hole 8'],
    bug: 'a row that is written again over its grave takes the clock alone',
    file: 'services/sync/migrations/0001-core/5-templates.sql',
    find: 'NEW.version := greatest(sync.tick(), grave.version + 1);',
    replacement: 'NEW.version := sync.tick();',
    killedBy: histories,
  },
  {
    id: 'grave-beside-the-row',
    guards: ['I101', 'hole 8'],
    bug: 'the grave stays where a row that had seen it, or won over it, comes in',
    file: applyTemplate,
    find: `        DELETE FROM sync.tombstone g WHERE g.entity = {{entity}} AND g.key = item."$k"::text;`,
    replacement: `        PERFORM 1;`,
    killedBy: histories,
  },
  {
    id: 'deletion-always-wins',
    guards: ['I102'],
    bug: 'a deletion wins over an edit that it had not seen, whatever their stamps',
    file: applyTemplate,
    find: `IF (item."$v", item."$o" COLLATE "C") < (settled.version, settled.origin COLLATE "C") THEN`,
    replacement: `IF item."$d" IS NOT TRUE AND (item."$v", item."$o" COLLATE "C") < (settled.version, settled.origin COLLATE "C") THEN`,
    killedBy: histories,
  },
  {
    id: 'revived-unasked',
    guards: ['I102', 'hole 11'],
    bug: 'a deletion that has waited is not tried again before its row is revived',
    file: 'services/sync/ingest/parked.ts',
    find: `    const groups = await readOverdue(client, policies, STILL_NEEDED, graceMs);
    const answers = await applyGroups({ client, policies }, groups);`,
    replacement: `    const groups = await readOverdue(client, policies, STILL_NEEDED, graceMs);
    const answers = groups.map(({ items }) => items.map(() => ({ outcome: 'parked', reason: STILL_NEEDED })));`,
    killedBy: { file: 'services/sync/parents.pg.test.ts', name: 'nothing is revived that nobody needs' },
  },
  {
    id: 'conflict-of-what-was-seen',
    guards: ['I103', 'hole 3'],
    bug: 'a late version that the held one had seen is recorded as a conflict',
    file: applyTemplate,
    find: `IF sync.covers(settled.version, settled.origin, settled.vector, item."$v", item."$o") THEN`,
    replacement: 'IF false THEN',
    killedBy: histories,
  },
  {
    id: 'frozen-keeps-its-locks',
    guards: ['I119'],
    bug: 'a process that stands still within a transaction keeps what it locked',
    file: 'services/platform/db.ts',
    find: 'idle_in_transaction_session_timeout: MOST_IDLE_IN_TRANSACTION_MS',
    replacement: 'idle_in_transaction_session_timeout: 0 * MOST_IDLE_IN_TRANSACTION_MS',
    killedBy: { file: 'chaos/kill/freeze.pg.test.ts', name: 'ingest frozen at commit and replaced' },
  },
  {
    id: 'settled-before-sent',
    guards: ['I104', 'hole 12'],
    bug: 'a publisher settles its claim before the queue has taken it',
    file: 'services/platform/publisher.ts',
    find: '    const results = await queue.send(messages.map((message) => message.body));',
    replacement:
      '    await settleOutbox(pool, token, messages.flatMap(({ id, rowIds }) => rowIds.map((row) => ({ row, message: id }))));\n    const results = await queue.send(messages.map((message) => message.body));',
    killedBy: killed('from world, publisher killed at send (request)'),
  },
  {
    id: 'deleted-before-delivered',
    guards: ['I104', 'hole 13'],
    bug: 'a worker deletes its messages before the peer has answered',
    file: 'services/sync/worker/handle.ts',
    find: '    const handled = await handleMessages(deps, received, signal);',
    replacement:
      '    await queue.delete(received.map(({ receipt }) => receipt));\n    const handled = await handleMessages(deps, received, signal);',
    killedBy: killed('from world, worker killed at post (request)'),
  },
  {
    id: 'broken-connection-ends-the-process',
    guards: ['I105'],
    bug: 'a database connection that breaks between two statements of a transaction is an uncaught error',
    file: 'services/platform/db.ts',
    find: `  pool.on('connect', (client) => void client.on('error', () => undefined));`,
    replacement: '',
    killedBy: killed('from world, apply backend killed at apply (request)'),
  },
];
