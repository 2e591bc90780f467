import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const Service = Type.Object({ pid: Type.Union([Type.Integer(), Type.Null()]), state: Type.String() });
const Region = Type.Object({ gatewayUrl: Type.String(), databaseUrl: Type.String(), services: Type.Record(Type.String(), Service) });
const Process = Type.Object({ pid: Type.Integer(), state: Type.String(), signal: Type.Union([Type.String(), Type.Null()]) });
const Reload = Type.Object({
  processes: Type.Array(Type.String()),
  files: Type.Array(Type.String()),
  at: Type.String(),
  state: Type.String(),
  error: Type.Union([Type.String(), Type.Null()]),
  typeErrors: Type.Union([Type.Array(Type.String()), Type.Null()]),
});
/** The last change of the services' files, and what became of it. */
export type Reload = Static<typeof Reload>;
const Direction = Type.Object({
  state: Type.String(),
  reason: Type.Union([Type.String(), Type.Null()]),
  outbox: Type.Union([Type.Integer(), Type.Null()]),
  queued: Type.Union([Type.Integer(), Type.Null()]),
  parked: Type.Union([Type.Integer(), Type.Null()]),
});
/** What chaos needs of `sim status --json`. */
const Status = Type.Object({
  mode: Type.String(),
  regions: Type.Object({ world: Region, china: Region }),
  components: Type.Record(Type.String(), Type.Object({ url: Type.String(), state: Type.String() })),
  processes: Type.Record(Type.String(), Process),
  faults: Type.Array(Type.Object({ kind: Type.String(), target: Type.String(), summary: Type.String() })),
  reload: Type.Union([Reload, Type.Null()]),
  sync: Type.Object({ 'world-china': Direction, 'china-world': Direction }),
});
export type Status = Static<typeof Status>;
const checkStatus = Compile(Status);
const checkRuns = Compile(Type.Object({ runs: Type.Array(Type.String()) }));

/** A twin, as its command line shows it: chaos uses what a user has, nothing else. */
export interface Twin {
  /** Runs a command of the twin's; resolves with what it printed. Throws with its output where it fails. */
  sim(...args: string[]): Promise<string>;
  status(): Promise<Status>;
  staffAddress: string;
}

/** The twin whose state lies in `simDir` (undefined: the checkout's own). */
export function openTwin(simDir?: string): Twin {
  const sim = (...args: string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [join(checkout, 'sim/cli/main.ts'), ...args], {
        cwd: checkout,
        env: { ...process.env, ...(simDir === undefined ? {} : { SIM_DIR: simDir }) },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve(Buffer.concat(out).toString());
        else reject(new Error(`sim ${args.join(' ')} ended with ${code}\n${Buffer.concat(err).toString()}`));
      });
    });
  return {
    sim,
    async status() {
      // A twin that is down is told by the exit code, and says so in words of its own.
      const text = await sim('status', '--json').catch((error: unknown) => {
        throw new Error('No twin is up. Start it with:\n  npm run sim:up', { cause: error });
      });
      const status: unknown = JSON.parse(text);
      if (checkRuns.Check(status) && status.runs.length < 2)
        throw new Error(
          `Of the twin only ${status.runs.join(' and ')} is up, and this needs both regions. Add the other with:\n  npm run sim:up`,
        );
      return checkStatus.Parse(status);
    },
    staffAddress: 'ada@madeinworld.example',
  };
}
