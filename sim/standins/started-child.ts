import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

const announcement = Compile(
  Type.Object({
    event: Type.Union([Type.Literal('listening'), Type.Literal('ready')]),
    name: Type.Optional(Type.String()),
    url: Type.Optional(Type.String()),
  }),
);

export interface StartedChild {
  /** What the child announced: component name -> URL. */
  readonly urls: ReadonlyMap<string, string>;
  urlOf(name: string): string;
  readonly pid: number;
  /** What it has written to stdout so far. */
  readonly lines: readonly string[];
  /** Its exit code or signal, once it has ended. */
  readonly ended: Promise<number | string | null>;
  /** Sends SIGTERM and gives back the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts a stand-in as the supervisor does and waits until it says that it is ready. For tests. Rejects with what the child wrote to stderr
 * when it exits before that.
 */
export async function startChild(main: URL, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<StartedChild> {
  const child = spawn(process.execPath, [fileURLToPath(main), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const exited = once(child, 'exit');
  const urls = new Map<string, string>();
  const lines: string[] = [];
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  await new Promise<void>((resolve, reject) => {
    void exited.then(() => reject(new Error(`exit ${child.exitCode ?? child.signalCode}: ${complaint}`)));
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      const value: unknown = JSON.parse(line);
      if (!announcement.Check(value)) return;
      if (value.event === 'ready') resolve();
      else if (value.name !== undefined && value.url !== undefined) urls.set(value.name, value.url);
    });
  });
  return {
    urls,
    pid: child.pid ?? 0,
    lines,
    ended: exited.then(() => child.exitCode ?? child.signalCode),
    urlOf(name) {
      const url = urls.get(name);
      if (url === undefined) throw new Error(`The child announced no ${name}`);
      return url;
    },
    stop: () => stopChild(child, exited),
  };
}

async function stopChild(child: ChildProcess, exited: Promise<unknown>): Promise<number | null> {
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}
