import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** How a command ended, and what it printed. `end` is its exit code, the signal that killed it, or why it did not start. */
export interface Ended {
  readonly end: number | string;
  readonly stdout: string;
}

/** Runs a command as a group of its own: `signal` kills it with all that it has started, which would outlive it otherwise. Never rejects. */
export async function runGroup(command: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<Ended> {
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const kill = (): void => killGroup(child);
  if (signal.aborted) kill();
  signal.addEventListener('abort', kill, { once: true });
  try {
    const [stdout, end] = await Promise.all([text(child.stdout), endOf(child)]);
    return { end, stdout };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

const endOf = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, killedBy) => resolve(code ?? killedBy ?? 'nobody knows why'));
  });
