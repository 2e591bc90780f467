import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '#sim/postgres/index.ts';
import { provisionDatabase, provisionRoles, withClient } from '#sim/postgres/provision.ts';
import { emptyTemplate, testPasswords } from './pg-database.ts';
import { watchServer } from './pg-watch.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL of the server that all tests share. */
    pgUrl: string;
    /** The file with what that server logs. */
    pgLogFile: string;
  }
}

/** Starts the one PostgreSQL server of a test run, with the services' roles, and stops it at the end, also of a run that is killed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-pg-'));
  // As root the server runs as somebody else, who must be able to pass through.
  await chmod(folder, 0o711);
  const watch = watchServer(folder);
  const logFile = join(folder, 'server.log');
  const log = createWriteStream(logFile);
  const server = await startPostgres({
    onLine: (line) => log.write(`${line}\n`),
    dataDir: join(folder, 'data'),
    settings: { durable: false, maxConnections: 300 },
  });
  await withClient(server.superuserUrl, async (client) => {
    await provisionRoles(client, testPasswords);
    await provisionDatabase(server.superuserUrl, client, emptyTemplate);
  });
  project.provide('pgUrl', server.superuserUrl);
  project.provide('pgLogFile', logFile);
  return async () => {
    await server.stop();
    log.end();
    await watch.end();
  };
}
