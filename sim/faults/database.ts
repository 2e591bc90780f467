import type pg from 'pg';
import { Type } from 'typebox';
import { databaseName, serviceRoles, withClient } from '../postgres/provision.ts';
import { catalogFaults, endSessions } from '../postgres/catalog-faults.ts';
import { superuserUrl } from '../postgres/superuser.ts';
import { regionOfPart } from './fault-region.ts';
import { faultKind, type FaultContext, type FaultKind } from './kind.ts';
import type { Region } from '../topology/regions.ts';

export const databaseActions = ['read-only', 'exhaust'] as const;
export type DatabaseAction = (typeof databaseActions)[number];

const summaries: Readonly<Record<DatabaseAction, string>> = {
  'read-only': 'read-only: every write is refused (25006), as after a failover or on a full disk',
  exhaust: 'exhausted: no service gets a connection (53300)',
};

/**
 * A fault that lives in the database's catalog. It reaches the services' roles alone, so that `sim status` and `sim psql` still see. Provisioning takes it
 * away, so that it does not survive into the next run; within a run it is put in force again after that.
 */
function databaseFault(action: DatabaseAction): FaultKind {
  return faultKind(Type.Object({}), async (target, _params, context) => {
    const region = regionOfPart(target, 'postgres');
    const inDatabase = (work: (client: pg.Client) => Promise<unknown>): Promise<unknown> => asSuperuser(context, region, work);
    const apply = (): Promise<unknown> =>
      inDatabase(async (client) => {
        await catalogFaults[action].apply(client, databaseName, serviceRoles);
        await endSessions(client, databaseName, serviceRoles);
      });
    const withdraw = async (): Promise<void> => {
      // Without its server it has no sessions, and starting it takes the fault away.
      if (!databaseRuns(context, region)) return;
      await inDatabase(async (client) => {
        await catalogFaults[action].withdraw(client, databaseName, serviceRoles);
        // A session that began under the fault is as it was then.
        if (action === 'read-only') await endSessions(client, databaseName, serviceRoles);
      });
    };
    await apply().catch(async (error: unknown) => {
      await withdraw().catch(() => undefined);
      throw error;
    });
    return {
      kind: `database-${action}`,
      target,
      summary: summaries[action],
      heal: withdraw,
      restored: { on: [target], again: async () => void (await apply()) },
    };
  });
}

async function asSuperuser(context: FaultContext, region: Region, work: (client: pg.Client) => Promise<unknown>): Promise<unknown> {
  return withClient(await superuserUrl(context.paths, context.state(), region), work);
}

function databaseRuns(context: FaultContext, region: Region): boolean {
  const { mode, processes } = context.state();
  const process = mode === 'docker' ? 'docker' : `${region}-postgres`;
  return processes.some(({ name, state }) => name === process && (state === 'running' || state === 'starting'));
}

/** Each a kind of its own: a database may be both, and each heals by itself. */
export const databaseKinds: Readonly<Record<string, FaultKind>> = Object.fromEntries(
  databaseActions.map((action) => [`database-${action}`, databaseFault(action)]),
);
