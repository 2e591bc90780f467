import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startPostgres as startServer, type StartedPostgres } from '#sim/postgres/index.ts';
import { startPostgresContainer } from '../drivers/containers.ts';
import { rememberProcess } from '../drivers/leftovers.ts';
import type { Run, Running } from '../drivers/run.ts';

const execute = promisify(execFile);

export interface PostgresTarget extends Running {
  /** The superuser's, for the database `postgres`. After a restart it may be another. */
  superuserUrl(): string;
  /** Kills every process of the server with SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after a kill, on the same data. */
  start(): Promise<void>;
  /** Runs a program that came with the server; rejects when there is none. */
  program(name: string, args: readonly string[]): Promise<string>;
}

/** Starts a server of the suite's own, as durable as the twin's. */
export function startPostgres(run: Run): Promise<PostgresTarget> {
  return run.driver === 'docker' ? startDocker(run) : startEmbedded(run);
}

async function startEmbedded(run: Run): Promise<PostgresTarget> {
  const databases = join(run.folder, 'postgres');
  await mkdir(databases, { recursive: true });
  await chmod(databases, 0o711);
  const dataDir = join(databases, randomBytes(6).toString('hex'));
  const remembered: Promise<void>[] = [];
  const start = (): Promise<StartedPostgres> =>
    startServer({ dataDir, onSpawn: ({ pid }) => void (pid === undefined || remembered.push(rememberProcess(run.folder, pid))) });
  let server = await start();
  return {
    superuserUrl: () => server.superuserUrl,
    async kill() {
      await Promise.all(remembered);
      const gone = once(server.child, 'close');
      // It leads a group of its own: the postmaster and every backend at once, as when the machine goes.
      process.kill(-server.pid, 'SIGKILL');
      await gone;
    },
    async start() {
      server = await start();
    },
    program: (name) => Promise.reject(new Error(`the npm package has no ${name}`)),
    async stop() {
      await Promise.all(remembered);
      await server.stop();
    },
  };
}

async function startDocker(run: Run): Promise<PostgresTarget> {
  const container = await startPostgresContainer(run, randomBytes(18).toString('base64url'));
  return {
    superuserUrl: () => container.getConnectionUri(),
    kill: async () => void (await execute('docker', ['kill', '--signal', 'KILL', container.getId()])),
    start: () => container.restart(),
    async program(name, args) {
      const { exitCode, output } = await container.exec([name, ...args]);
      if (exitCode !== 0) throw new Error(`${name} ended with ${exitCode}: ${output}`);
      return output;
    },
    stop: async () => void (await container.stop()),
  };
}
