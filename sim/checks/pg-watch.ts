import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Whoever ends a folder's server when its starter has ended. */
export interface Watch {
  /** Ends the server and removes the folder, and returns when both are gone. */
  end(): Promise<void>;
}

/**
 * Has a process of its own end the server whose data is `folder`/data, and remove `folder`, when this process ends in whatever way:
 * a test run that is killed can do neither. It holds a pipe to this process and acts when that closes. In a session of its own,
 * so that Ctrl-C in a terminal does not reach it.
 */
export function watchServer(folder: string): Watch {
  const child = spawn(process.execPath, [fileURLToPath(new URL('pg-watcher.ts', import.meta.url)), folder], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  const closed = once(child, 'close');
  // Its end is waited for below; until then nobody listens, and a watcher that was killed is no failure of a test.
  closed.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  return {
    end: async () => {
      child.stdin.end();
      await closed;
    },
  };
}
