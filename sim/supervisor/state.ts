import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { Fault } from '../faults/fault.ts';

export const ProcessState = Type.Object({
  name: Type.String(),
  pid: Type.Integer(),
  startTime: Type.String(),
  state: Type.Enum(['starting', 'running', 'exited', 'done', 'stopped']),
  exitCode: Type.Union([Type.Integer(), Type.Null()]),
  signal: Type.Union([Type.String(), Type.Null()]),
  stopStage: Type.Integer(),
  /** Signal that makes it end in good order. */
  stopSignal: Type.String(),
  logFile: Type.String(),
  readyMs: Type.Union([Type.Number(), Type.Null()]),
});
export type ProcessState = Static<typeof ProcessState>;

/** How the services that run now came to be what they are: the last change of their files that was seen, and what became of it. */
export const Reload = Type.Object({
  /** The processes that were to be started anew. */
  processes: Type.Array(Type.String()),
  /** Files of the checkout that changed. */
  files: Type.Array(Type.String()),
  at: Type.String(),
  state: Type.Enum(['reloading', 'reloaded', 'failed']),
  tookMs: Type.Union([Type.Number(), Type.Null()]),
  /** Why it is not served. */
  error: Type.Union([Type.String(), Type.Null()]),
  /** What the type checker says of the change; null while it looks. */
  typeErrors: Type.Union([Type.Array(Type.String()), Type.Null()]),
});
export type Reload = Static<typeof Reload>;

export const TwinState = Type.Object({
  mode: Type.Union([Type.Literal('embedded'), Type.Literal('docker')]),
  /** Each service runs in a process of its own. */
  split: Type.Boolean(),
  /** The services run from the production image. */
  image: Type.Boolean(),
  /** A role of staff counts with a second factor only, as in production. */
  secondFactor: Type.Boolean(),
  /** What all processes of this run carry in their environment. */
  marker: Type.String(),
  /** The regions that it runs: the world alone, or both. */
  regions: Type.Array(Type.Enum(['world', 'china'])),
  phase: Type.Enum(['starting', 'ready', 'failed', 'stopping', 'stopped']),
  startedAt: Type.String(),
  readyAfterMs: Type.Union([Type.Number(), Type.Null()]),
  supervisor: Type.Object({ pid: Type.Integer(), startTime: Type.String() }),
  processes: Type.Array(ProcessState),
  /** Where everything that announced itself listens, round the links. */
  addresses: Type.Record(Type.String(), Type.String()),
  versions: Type.Record(Type.String(), Type.String()),
  /** The `host:port` on which each link listens. */
  links: Type.Record(Type.String(), Type.String()),
  /** What the user has attached: components and where they are, credentials hidden. */
  attached: Type.Record(Type.String(), Type.String()),
  /** How far ahead the clocks of processes are, by a fault. */
  skews: Type.Record(Type.String(), Type.Integer()),
  /** Components that have ended while the process that looks after them runs on, and what is known of it. */
  ended: Type.Record(Type.String(), Type.String()),
  /** Links that a fault leads to a `host:port` of its own. */
  detours: Type.Record(Type.String(), Type.String()),
  /** The faults that are in force. */
  faults: Type.Array(Fault),
  reload: Type.Union([Reload, Type.Null()]),
  adminPanel: Type.Enum(['waiting', 'building', 'built', 'failed', 'absent']),
  /** What happened during the start, for those who wait for it. */
  progress: Type.Array(Type.String()),
  failure: Type.Union([Type.Null(), Type.Object({ name: Type.String(), reason: Type.String(), logFile: Type.String() })]),
});
export type TwinState = Static<typeof TwinState>;

/** How to talk to the supervisor; readable by its owner alone, for the token opens everything. */
export const SupervisorAddress = Type.Object({
  pid: Type.Integer(),
  startTime: Type.String(),
  url: Type.String(),
  token: Type.String(),
});
export type SupervisorAddress = Static<typeof SupervisorAddress>;

/** The files of a twin. */
export function twinPaths(simDir: string) {
  return {
    simDir,
    state: join(simDir, 'state.json'),
    supervisor: join(simDir, 'supervisor.json'),
    lock: join(simDir, 'supervisor.lock'),
    /** The environment entry that marks the processes of the last run. */
    marker: join(simDir, 'marker'),
    logs: join(simDir, 'logs'),
    log: (name: string) => join(simDir, 'logs', `${name}.log`),
    secretsDir: join(simDir, 'secrets'),
    secrets: (region: string) => join(simDir, 'secrets', `${region}.json`),
    inspector: join(simDir, 'secrets', 'inspector.json'),
    docker: join(simDir, 'secrets', 'docker.json'),
    mail: join(simDir, 'mail'),
    payments: join(simDir, 'payments'),
    paymentLedger: (region: string) => join(simDir, 'payments', `${region}.jsonl`),
    postgres: (region: string) => join(simDir, 'postgres', region),
  };
}
export type TwinPaths = ReturnType<typeof twinPaths>;

/** Writes a file at once or not at all, so that a reader never sees half of it. */
export function writeWhole(path: string, value: unknown, mode = 0o644): void {
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, `${JSON.stringify(value, null, 2)}\n`, { mode });
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** Reads the state that the last supervisor left; undefined when there is none or it is of another version. */
export function readState(paths: TwinPaths): TwinState | undefined {
  return readAs(TwinState, paths.state);
}

export function readSupervisorAddress(paths: TwinPaths): SupervisorAddress | undefined {
  return readAs(SupervisorAddress, paths.supervisor);
}

function readAs<Schema extends typeof TwinState | typeof SupervisorAddress>(schema: Schema, path: string): Static<Schema> | undefined {
  try {
    return Value.Parse(schema, JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Makes the folders of a twin; what is secret can be entered by its owner alone. */
export function makeTwinFolders(paths: TwinPaths): void {
  mkdirSync(paths.logs, { recursive: true });
  mkdirSync(paths.mail, { recursive: true });
  mkdirSync(paths.payments, { recursive: true });
  mkdirSync(paths.secretsDir, { recursive: true, mode: 0o700 });
}
