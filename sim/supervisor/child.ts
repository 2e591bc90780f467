import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bundleArguments } from '../packages/bundles.ts';
import type { ProcessSpec } from '../topology/processes.ts';
import { readAnnouncement } from './announcement.ts';
import type { LogFile } from './log-file.ts';
import { identify, isAlive, signalTree, type ProcessIdentity } from './process-identity.ts';
import { ProcessFailure, type Registry } from './registry.ts';

/** How many of a child's last lines are kept for telling why it failed. */
const SAID_LINES = 20;

/** How a process of ours is started with this Node. */
export interface NodeCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether it is told things while it runs, over a channel of its own. */
  readonly ipc?: true;
}

export interface ChildContext {
  readonly registry: Registry;
  readonly log: LogFile;
  readonly onAddress: (name: string, url: string) => Promise<void>;
  /** Called when it is ready and before what it announces counts, with a way to send it signals; none reaches one that has ended. */
  readonly onReady?: (signal: (signal: NodeJS.Signals) => void) => Promise<void>;
  /** Called with what a process that is ready announces anew: a component that it looks after has come back, perhaps elsewhere. */
  readonly onReturn: (name: string, url: string) => Promise<void>;
  /** Called with what has become of a component that the process looks after. */
  readonly onComponent: (name: string, state: 'exited' | 'running', detail: string | null) => void;
  /** Called when it ends without having been told to. */
  readonly onDeath: (name: string) => void;
  readonly readyTimeoutMs: number;
}

/**
 * Starts a child and returns when it says that it is ready and all that it announced is in use: what it announces counts from then on, so
 * that one that fails takes nothing from the one whose place it was to take; or at once, where it announces piecemeal. Throws ProcessFailure when it ends first or takes too long.
 */
export async function startChild(spec: ProcessSpec, command: NodeCommand, context: ChildContext): Promise<ChildProcess> {
  const { registry, log } = context;
  const startedMs = performance.now();
  const { child, stdout, stderr } = spawnNode(command);
  const identity = recordChild(child, spec, context);
  const announced: (readonly [name: string, url: string])[] = [];
  const used: Promise<void>[] = [];
  let started = false;
  // Its own words alone: the log may hold those of its predecessor, who still runs.
  const said: string[] = [];
  const hear = (line: string): void => {
    log.write(line);
    said.push(line);
    if (said.length > SAID_LINES) said.shift();
  };
  const failure = (reason: string, options: ErrorOptions = {}): ProcessFailure =>
    new ProcessFailure(spec.name, reason, log.path, { ...options, said });
  const useFirst = async (name: string, url: string): Promise<void> => {
    registry.setAddress(name, url);
    try {
      await context.onAddress(name, url);
    } catch (cause) {
      throw failure(`offers ${name}, which is of no use at ${url}`, { cause });
    }
  };
  const use = async (name: string, url: string): Promise<void> => {
    registry.setAddress(name, url);
    await context.onReturn(name, url);
  };
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      hear(line);
      const found = readAnnouncement(line, spec.region);
      if (found?.event === 'listening') {
        const name = spec.announcedAs?.[found.name] ?? found.name;
        if (!started && spec.piecemeal === true) used.push(useFirst(name, found.url));
        else if (!started) announced.push([name, found.url]);
        else void use(name, found.url).catch((error: unknown) => hear(`${name} is of no use at ${found.url}: ${String(error)}`));
      } else if (found?.event === 'component') {
        context.onComponent(found.name, found.state, found.detail ?? null);
      } else if (found?.event === 'ready') {
        resolve();
      }
    });
    createInterface({ input: stderr }).on('line', hear);
    child.once('error', (cause) => reject(failure(cause.message, { cause })));
    child.once('close', (code, signal) => reject(failure(`ended ${howItEnded(code, signal)}`)));
    setTimeout(() => reject(failure(`was not ready after ${context.readyTimeoutMs / 1000} s`)), context.readyTimeoutMs).unref();
  });
  await ready;
  started = true;
  await context.onReady?.((signal) => {
    if (isAlive(identity)) signalTree(identity.pid, signal);
  });
  for (const [name, url] of announced) registry.setAddress(name, url);
  await Promise.all(announced.map(([name, url]) => context.onAddress(name, url)));
  if (child.exitCode !== null || child.signalCode !== null) {
    throw failure(`ended ${howItEnded(child.exitCode, child.signalCode)}`);
  }
  registry.setProcess(spec.name, { state: 'running', readyMs: Math.round(performance.now() - startedMs) });
  return child;
}

/** Runs a child to its end. Throws ProcessFailure unless it ends with code 0. */
export async function runChild(spec: ProcessSpec, command: NodeCommand, context: ChildContext): Promise<void> {
  const { child, stdout, stderr } = spawnNode(command);
  recordChild(child, spec, context, { oneShot: true });
  context.registry.setProcess(spec.name, { state: 'running' });
  for (const input of [stdout, stderr]) createInterface({ input }).on('line', (line) => context.log.write(line));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new ProcessFailure(spec.name, `ended ${howItEnded(code, signal)}`, context.log.path);
  context.registry.setProcess(spec.name, { state: 'done' });
}

interface Spawned {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

function spawnNode({ args, env, ipc }: NodeCommand): Spawned {
  const child = spawn(process.execPath, [...bundleArguments(), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc === true ? (['ipc'] as const) : [])],
    // A group of its own, so that it can be ended with all that it started, and does not get the terminal's Ctrl-C.
    detached: true,
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a child without output: its stdio says pipe');
  return { child, stdout, stderr };
}

/** Writes down a child as soon as it runs, and its end when it ends. Answers who it is. */
export function recordChild(
  child: ChildProcess,
  spec: ProcessSpec,
  context: ChildContext,
  { stopSignal = 'SIGTERM', oneShot = false }: { readonly stopSignal?: NodeJS.Signals; readonly oneShot?: boolean } = {},
): ProcessIdentity {
  const { registry } = context;
  const identity = identify(child.pid ?? 0);
  registry.setProcess(spec.name, {
    ...identity,
    state: 'starting',
    exitCode: null,
    signal: null,
    stopStage: spec.stopStage,
    stopSignal,
    readyMs: null,
  });
  child.once('exit', (exitCode, signal) => {
    // By its id: it may have another name by now.
    const known = registry.state.processes.find(({ pid, startTime }) => pid === identity.pid && startTime === identity.startTime);
    if (known === undefined) return;
    if (known.state === 'stopped') return registry.setProcess(known.name, { exitCode, signal });
    registry.setProcess(known.name, { state: 'exited', exitCode, signal });
    if (!oneShot) context.onDeath(known.name);
  });
  return identity;
}

export function howItEnded(code: number | null, signal: string | null): string {
  return signal === null ? `with code ${code}` : `by ${signal}`;
}
