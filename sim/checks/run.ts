import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { checkoutDir } from '../paths.ts';

/** How a command ended. `output` is what it printed, kept only where it was not shown. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Print while it runs, instead of only when it fails. */
  readonly show?: boolean;
}

/** Path of a program of the installed packages. */
export const bin = (name: string): string => join(checkoutDir, 'node_modules/.bin', name);

/** What `run` has under way. */
const underWay = new Set<ChildProcess>();
const patienceMs = 10_000;

/** Runs a command in the checkout. Never throws: what cannot be started ended with code 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: checkoutDir,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.show ? 'inherit' : 'pipe', options.show ? 'inherit' : 'pipe'],
    });
    underWay.add(child);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    const end = (ended: Ended): void => {
      if (underWay.delete(child)) resolve(ended);
    };
    child.on('error', (error) => end({ code: 127, output: error.message }));
    child.on('close', (code) => end({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/** Ends what `run` has under way, and returns when it has ended. Those calls of `run` return no more, so that nothing follows on them. */
export async function endUnderWay(): Promise<void> {
  const children = [...underWay];
  underWay.clear();
  await Promise.all(
    children.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Not `close`: what it started may hold its output for longer.
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(timer);
    }),
  );
}

/** Whether `command` can be run here. */
export async function runs(command: string, args: readonly string[]): Promise<boolean> {
  return (await run(command, args)).code === 0;
}

/** Runs this Node with one of our own files. */
export function runOwn(file: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, [join(checkoutDir, file), ...args], options);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
