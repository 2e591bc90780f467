import { join } from 'node:path';

import pg from 'pg';

import { removePostgresData, startPostgres } from '#sim/postgres/index.ts';
import { databaseName, provision, withDatabase, type RolePasswords } from '#sim/postgres/provision.ts';
import type { Region } from '#sim/topology/regions.ts';

/** What both servers get beside the twin's settings: logical replication, room to work in, and nothing that starts on its own in a measurement. */
const settings: Readonly<Record<string, string>> = {
  wal_level: 'logical',
  max_wal_senders: '8',
  max_replication_slots: '8',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
  shared_buffers: '256MB',
  autovacuum: 'off',
};

/** One region's PostgreSQL server. */
export interface Server {
  readonly region: Region;
  readonly port: number;
  readonly superuserUrl: string;
  /** Connections of the superuser to the services' database: for preparing and looking, past everybody's rights. */
  readonly pool: pg.Pool;
  /** What the server has logged so far, by lines. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** Starts a region's server with the roles and the database that its services expect. */
export async function startServer(region: Region, dir: string, passwords: RolePasswords): Promise<Server> {
  const dataDir = join(dir, 'postgres', region);
  const log: string[] = [];
  const server = await startPostgres({ dataDir, settings: { more: settings }, onLine: (line) => log.push(line) });
  const stop = async (): Promise<void> => {
    await server.stop();
    await removePostgresData(dataDir);
  };
  try {
    await provision(server.superuserUrl, passwords);
  } catch (error) {
    await stop();
    throw error;
  }
  const superuserUrl = withDatabase(server.superuserUrl, databaseName);
  const pool = new pg.Pool({ connectionString: superuserUrl, max: 4, application_name: 'bench', options: '-c TimeZone=UTC' });
  // A server that stops cuts its connections; that is no failure of the benchmark.
  pool.on('error', () => undefined);
  return {
    region,
    port: server.port,
    superuserUrl,
    pool,
    log,
    async stop() {
      await pool.end();
      await stop();
    },
  };
}
