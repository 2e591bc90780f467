import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ProcessSpec } from '../topology/processes.ts';
import { readAnnouncement } from './announcement.ts';
import type { LogFile } from './log-file.ts';
import { identify } from './process-identity.ts';
import { ProcessFailure, type Registry } from './registry.ts';

/** How many of a child's last lines are kept for telling why it failed. */
const SAID_LINES = 20;

/** How a process of ours is started with this Node. */
export interface NodeCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ChildContext {
  readonly registry: Registry;
  readonly log: LogFile;
  readonly onAddress: (name: string, url: string) => Promise<void>;
  /** Called when it ends without having been told to. */
  readonly onDeath: (name: string) => void;
  readonly readyTimeoutMs: number;
}

/**
 * Starts a child and returns when it says that it is ready and all that it announced is in use: what it announces counts from then on, so
 * that one that fails takes nothing from the one whose place it was to take. Throws ProcessFailure when it ends first or takes too long.
 */
export async function startChild(spec: ProcessSpec, command: NodeCommand, context: ChildContext): Promise<ChildProcess> {
  const { registry, log } = context;
  const startedMs = performance.now();
  const child = spawnNode(command);
  recordChild(child, spec, context);
  const announced: (readonly [name: string, url: string])[] = [];
  // Its own words alone: the log may hold those of its predecessor, who still runs.
  const said: string[] = [];
  const hear = (line: string): void => {
    log.write(line);
    said.push(line);
    if (said.length > SAID_LINES) said.shift();
  };
  const failure = (reason: string, options: ErrorOptions = {}): ProcessFailure =>
    new ProcessFailure(spec.name, reason, log.path, { ...options, said });
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      hear(line);
      const found = readAnnouncement(line, spec.region);
      if (found?.event === 'listening') {
        announced.push([spec.announcedAs?.[found.name] ?? found.name, found.url]);
      } else if (found?.event === 'ready') {
        resolve();
      }
    });
    createInterface({ input: child.stderr }).on('line', hear);
    child.once('error', (cause) => reject(failure(cause.message, { cause })));
    child.once('close', (code, signal) => reject(failure(`ended ${howItEnded(code, signal)}`)));
    setTimeout(() => reject(failure(`was not ready after ${context.readyTimeoutMs / 1000} s`)), context.readyTimeoutMs).unref();
  });
  await ready;
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
  const child = spawnNode(command);
  recordChild(child, spec, context, { oneShot: true });
  context.registry.setProcess(spec.name, { state: 'running' });
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', (line) => context.log.write(line));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new ProcessFailure(spec.name, `ended ${howItEnded(code, signal)}`, context.log.path);
  context.registry.setProcess(spec.name, { state: 'done' });
}

function spawnNode(command: NodeCommand) {
  return spawn(process.execPath, command.args, {
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended with all that it started, and does not get the terminal's Ctrl-C.
    detached: true,
  });
}

/** Writes down a child as soon as it runs, and its end when it ends. */
export function recordChild(
  child: ChildProcess,
  spec: ProcessSpec,
  context: ChildContext,
  { stopSignal = 'SIGTERM', oneShot = false }: { readonly stopSignal?: NodeJS.Signals; readonly oneShot?: boolean } = {},
): void {
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
}

export function howItEnded(code: number | null, signal: string | null): string {
  return signal === null ? `with code ${code}` : `by ${signal}`;
}
