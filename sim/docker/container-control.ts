import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What can be done to a container from outside, as to a machine. */
export interface ContainerControl {
  /** Ends it at once. Throws where it does not run. */
  kill(): Promise<void>;
  /** Starts one that has ended; nothing, where it runs. */
  start(): Promise<void>;
  /** Freezes it where it stands. Throws where it does not run. */
  pause(): Promise<void>;
  /** Lets it go on; nothing, where it is not frozen or has ended. */
  resume(): Promise<void>;
}

export function containerControl(container: string): ContainerControl {
  const docker = async (...args: string[]): Promise<string> => (await run('docker', args)).stdout.trim();
  return {
    async kill() {
      await docker('kill', '--signal', 'KILL', container);
    },
    async start() {
      await docker('start', container);
    },
    async pause() {
      await docker('pause', container);
    },
    async resume() {
      if ((await docker('inspect', '--format', '{{.State.Paused}}', container).catch(() => 'false')) === 'true')
        await docker('unpause', container);
    },
  };
}
