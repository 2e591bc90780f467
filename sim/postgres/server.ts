import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programEnvironment } from './cluster.ts';
import { portTries, randomPort } from '../topology/ports.ts';
import type { ServerIdentity } from './identity.ts';
import { serverArguments, type ServerSettings } from './settings.ts';

export interface ServerOptions {
  readonly dataDir: string;
  readonly nativeDir: string;
  readonly identity: ServerIdentity | undefined;
  readonly settings: ServerSettings;
  /** Gets each line of the server's log. */
  readonly onLine: (line: string) => void;
  /** Gets each process as soon as it runs, before it answers: whoever must not lose it writes down its id. */
  readonly onSpawn: (child: ChildProcess) => void;
}

export interface RunningServer {
  readonly port: number;
  readonly child: ChildProcess;
}

/**
 * Starts `postgres` and returns when it accepts connections. The port is the one of last time; PostgreSQL cannot
 * choose one itself, so another is tried while the port turns out to be taken.
 * Throws with the server's own last lines when it does not come up.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const portFile = `${options.dataDir}.port`;
  let port = Number(await readFile(portFile, 'utf8').catch(() => '')) || randomPort();
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await tryPort(port, options);
    if (outcome.kind === 'ready') {
      await writeFile(portFile, String(port));
      return { port, child: outcome.child };
    }
    if (!outcome.portTaken || attempt === portTries) {
      throw new Error(`PostgreSQL did not start:\n${outcome.lastLines.join('\n')}`);
    }
    port = randomPort();
  }
}

type Outcome =
  | { readonly kind: 'ready'; readonly child: ChildProcess }
  | { readonly kind: 'failed'; readonly portTaken: boolean; readonly lastLines: string[] };

async function tryPort(port: number, options: ServerOptions): Promise<Outcome> {
  const { dataDir, nativeDir, identity, settings } = options;
  const child = spawn(join(nativeDir, 'bin', 'postgres'), ['-D', dataDir, ...serverArguments(port, settings)], {
    cwd: '/',
    env: programEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    ...identity,
  });
  options.onSpawn(child);
  const lastLines: string[] = [];
  let portTaken = false;
  return await new Promise<Outcome>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'failed', portTaken: false, lastLines: [error.message] }));
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (line) => {
      options.onLine(line);
      if (lastLines.push(line) > 15) lastLines.shift();
      if (line.includes('could not bind')) portTaken = true;
      if (line.includes('database system is ready to accept connections')) resolve({ kind: 'ready', child });
    });
    child.once('close', () => resolve({ kind: 'failed', portTaken, lastLines }));
  });
}

/** Ends a server that the caller started: connections are cut, data is safe, nothing is left. */
export async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGQUIT'), 10_000);
  await closed;
  clearTimeout(timer);
}
