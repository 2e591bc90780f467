import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server of another make, beside which ours is measured. */
export interface Program {
  readonly url: string;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 10_000;

/** Starts a program that says `listening URL` on its standard error, and logs into `logFile` as our processes do. Throws with what it said where it does not come up. */
export async function startProgram(file: string, env: Readonly<Record<string, string>>, logFile: string): Promise<Program> {
  const log = openSync(logFile, 'a');
  const child = spawn(file, [], { env, stdio: ['ignore', log, 'pipe'] });
  closeSync(log);
  const { stderr } = child;
  if (stderr === null) throw new Error(`${file} has no standard error`);
  const said: string[] = [];
  const closed = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (): void => reject(new Error(`${file} did not come up: ${said.join(' ')}`));
    const late = setTimeout(fail, READY_WITHIN_MS);
    createInterface({ input: stderr }).on('line', (line) => {
      said.push(line);
      const found = /^listening (\S+)$/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('error', reject);
    child.once('close', fail);
    void closed.then(() => clearTimeout(late));
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
