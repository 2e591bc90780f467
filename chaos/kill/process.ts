import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

const announcement = Compile(Type.Object({ event: Type.String(), name: Type.Optional(Type.String()), url: Type.Optional(Type.String()) }));

/** A process of the product's or of a stand-in, on its own. */
export interface Running {
  readonly pid: number;
  /** Where a component that it announced listens. */
  urlOf(name: string): string;
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** Starts `main` with this Node and waits until it says that it is ready. Rejects with its last words where it ends before. */
export async function start(main: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Running> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`../../${main}`, import.meta.url)), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const urls = new Map<string, string>();
  const lines: string[] = [];
  let over = false;
  const ended = once(child, 'exit').then(() => {
    over = true;
    return child.signalCode ?? `code ${child.exitCode}`;
  });
  const keep = (line: string): void => void (lines.push(line), lines.splice(0, lines.length - 30));
  createInterface(child.stderr).on('line', keep);
  await new Promise<void>((resolve, reject) => {
    void ended.then((how) => reject(new Error(`${main} ended (${how}): ${lines.join('\n')}`)));
    createInterface(child.stdout).on('line', (line) => {
      keep(line);
      let said: unknown;
      try {
        said = JSON.parse(line);
      } catch {
        return;
      }
      if (!announcement.Check(said)) return;
      if (said.event === 'ready') resolve();
      else if (said.name !== undefined && said.url !== undefined) urls.set(said.name, said.url);
    });
  });
  return {
    pid: child.pid ?? 0,
    urlOf(name) {
      const url = urls.get(name);
      if (url === undefined) throw new Error(`${main} announced no ${name}`);
      return url;
    },
    kill: (signal) => void child.kill(signal),
    ended,
    hasEnded: () => over,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
