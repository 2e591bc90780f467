import type { Mutant } from '../mutant.ts';

const operate = 'services/sync/operate/operate.pg.test.ts';
const pause = 'services/sync/operate/pause.pg.test.ts';

/** What operators are promised. */
export const operateMutants: readonly Mutant[] = [
  {
    id: 'audit-comes-later',
    guards: ['I75'],
    bug: 'the audit is written when the change is committed already',
    file: 'services/sync/operate/changes.ts',
    find: `    await writeAudit(client, { actor, action: 'pause', subject: { peer: deps.peer }, reason });
  });`,
    replacement: `  });
  await inTransaction(deps.pool, (client) => writeAudit(client, { actor, action: 'pause', subject: { peer: deps.peer }, reason }));`,
    killedBy: { file: operate, name: 'is written with the change, or neither is' },
  },
  {
    id: 'redrive-stamps-anew',
    guards: ['I76'],
    bug: 'a redriven item gets a stamp of now',
    file: 'services/sync/migrations/0001-core/8-operate.sql',
    find: 'PERFORM sync.park(held.entity, held.item,',
    replacement: `PERFORM sync.park(held.entity, jsonb_set(held.item::jsonb, '{$v}', to_jsonb(sync.tick()::text))::json,`,
    killedBy: { file: operate, name: 'after newer writes does no harm' },
  },
  {
    id: 'pause-is-forgotten',
    guards: ['I77'],
    bug: 'a worker that starts does not ask whether its direction is paused',
    file: 'services/sync/operate/pause.ts',
    find: 'known = await readPause(deps.pool, deps.peer);',
    replacement: 'known = askedAtMs === -1 ? await readPause(deps.pool, deps.peer) : undefined;',
    killedBy: { file: pause, name: 'leaves everything in the queue, over restarts too' },
  },
  {
    id: 'pause-comes-too-late',
    guards: ['I129'],
    bug: 'what a long poll brings after a pause is sent all the same',
    file: 'services/sync/worker/loop.ts',
    find: 'if (received.length === 0 || (await deps.gate.pausedFor()) === undefined) return received;',
    replacement: 'if (received.length >= 0) return received;',
    killedBy: { file: pause, name: 'leaves everything in the queue, over restarts too' },
  },
  {
    id: 'catalogue-staff-operates',
    guards: ['I78'],
    bug: 'whoever may write products may operate sync',
    file: 'services/sync/operate/deps.ts',
    find: `['operator', 'admin']`,
    replacement: `['operator', 'admin', 'catalogue']`,
    killedBy: { file: operate, name: 'administrators, and nobody else' },
  },
  {
    id: 'probe-ends-a-stall',
    guards: ['I79'],
    bug: 'a peer that answers a probe counts as one that takes what is sent',
    file: 'services/sync/worker/loop.ts',
    find: `if (isTraffic && !isStalled() && !isSilent()) direction.report({ state: 'running'`,
    replacement: `direction.report({ state: 'running'`,
    killedBy: { file: pause, name: 'stays a stall with its reason' },
  },
];
