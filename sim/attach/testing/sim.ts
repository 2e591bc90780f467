import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkoutDir } from '../../paths.ts';
import type { TwinStatus } from '../../status/collect.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A twin of the test's own, by its command line. */
export interface Sim {
  readonly simDir: string;
  /** Everything that its commands have printed so far. */
  readonly said: () => string;
  run(...args: string[]): Promise<Ended>;
  /** The same; throws with what was said where it does not end with 0. */
  must(...args: string[]): Promise<Ended>;
  status(): Promise<TwinStatus>;
}

/** The twin of a folder, with nothing attached but what the environment names. */
export function simIn(simDir: string, environment: Readonly<Record<string, string>>): Sim {
  const { PATH, HOME } = process.env;
  let said = '';
  const run = async (...args: string[]): Promise<Ended> => {
    const child = spawn(process.execPath, [join(checkoutDir, 'sim/cli/main.ts'), ...args], {
      env: { PATH, HOME, NO_COLOR: '1', SIM_DIR: simDir, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
        said += text;
      });
    await once(child, 'close');
    return { code: child.exitCode, ...texts };
  };
  const must = async (...args: string[]): Promise<Ended> => {
    const ended = await run(...args);
    if (ended.code !== 0) throw new Error(`sim ${args.join(' ')} ended with ${ended.code}\n${ended.stderr}`);
    return ended;
  };
  const status = async (): Promise<TwinStatus> => JSON.parse((await must('status', '--json')).stdout);
  return { simDir, said: () => said, run, must, status };
}
