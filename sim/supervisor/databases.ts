import pg from 'pg';
import type { ClusterOrigin } from '../postgres/cluster.ts';
import { startPostgres } from '../postgres/index.ts';
import { databaseName, provision, withClient, withRole } from '../postgres/provision.ts';
import type { ProcessSpec } from '../topology/processes.ts';
import { peerOf, type Region } from '../topology/regions.ts';
import { recordChild, type ChildContext } from './child.ts';
import { ProcessFailure, type Registry } from './registry.ts';
import { readRolePasswords } from './secrets.ts';
import type { TwinPaths } from './state.ts';

const UNDEFINED_FUNCTION = '42883';

/**
 * Asks the worker of `region` to compare what it holds with the peer, both ways, and to repair what differs. The twin's queues live in memory: whatever
 * waited in one when it ended is gone, and this is the repair that the protocol has for it. A database that is new is filled by it.
 */
export async function requestReconcile(region: Region, registry: Registry, paths: TwinPaths): Promise<void> {
  const url = registry.address(`${region}:postgres`);
  if (url === undefined) return;
  await withClient(withRole(url, 'migrator', readRolePasswords(paths, region).migrator), async (client) => {
    const ask = 'SELECT sync.request_reconcile($1, is_fill => sync.is_empty())';
    await client.query(ask, [peerOf(region)]).catch((cause: unknown) => {
      if (!(cause instanceof pg.DatabaseError) || cause.code !== UNDEFINED_FUNCTION) throw cause;
      // Migrations are not run twice: data of an older checkout may lack what this one calls.
      const reason = 'the data is of another version of the migrations; npm run sim:up -- --fresh   begins anew';
      throw new ProcessFailure(`${region}-migrate`, reason, paths.log(`${region}-migrate`), { cause });
    });
  });
}

/**
 * Starts a region's server with the roles and the database that its services expect, and announces it. What is not there yet is made from the template that
 * `kept` names, if there is one. Answers where the content is from. Throws ProcessFailure.
 */
export async function startDatabase(
  spec: ProcessSpec,
  region: Region,
  kept: () => string | undefined,
  paths: TwinPaths,
  context: ChildContext,
): Promise<ClusterOrigin> {
  const { registry, log } = context;
  const startedMs = performance.now();
  let origin: ClusterOrigin;
  try {
    const server = await startPostgres({
      dataDir: paths.postgres(region),
      kept,
      onLine: (line) => log.write(line),
      onSpawn: (child) => recordChild(child, spec, context, { stopSignal: 'SIGINT' }),
    });
    await provision(server.superuserUrl, readRolePasswords(paths, region));
    const url = `postgres://127.0.0.1:${server.port}/${databaseName}`;
    registry.setAddress(`${region}:postgres`, url, server.version);
    await context.onAddress(`${region}:postgres`, url);
    origin = server.origin;
  } catch (cause) {
    throw new ProcessFailure(spec.name, cause instanceof Error ? cause.message : String(cause), log.path, { cause });
  }
  registry.setProcess(spec.name, { state: 'running', readyMs: Math.round(performance.now() - startedMs) });
  return origin;
}
