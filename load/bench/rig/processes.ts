import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { readAnnouncement } from '#sim/supervisor/announcement.ts';
import { endProcess, identify } from '#sim/supervisor/process-identity.ts';
import type { Region } from '#sim/topology/regions.ts';

const READY_WITHIN_MS = 60_000;
const GRACE_MS = 10_000;
const LOOK_MS = 2;

/** A process of ours, run as it ships. */
export interface NodeProcess {
  readonly name: string;
  readonly pid: number;
  /** Where it listens, by the name that it announced. Throws where it announced no such thing. */
  url(name: string): string;
  /** Resolves when it has ended; without `abruptly` it may finish what is under way first. */
  stop(options?: { readonly abruptly?: boolean }): Promise<void>;
}

export interface NodeCommand {
  readonly name: string;
  readonly region?: Region;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** The environment entry (NAME=value) by which members of its group are told from strangers. */
  readonly marker: string;
}

/** What it logs goes into a file without passing through the benchmark, which would pay for each line while it measures. */
function launch(command: NodeCommand) {
  const log = openSync(command.logFile, 'a');
  // Another process of that name may have written before.
  const { size: loggedBytes } = fstatSync(log);
  const child = spawn(process.execPath, command.args, {
    env: command.env,
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C reaches the benchmark, which ends its processes in their order.
    detached: true,
  });
  closeSync(log);
  return { child, loggedBytes };
}

/** The lines that are written into `file` behind its first `fromBytes`, until `isOver`. */
async function* linesOf(file: string, fromBytes: number, isOver: () => boolean): AsyncGenerator<string> {
  const log = openSync(file, 'r');
  const piece = Buffer.alloc(64 * 1024);
  let text = '';
  let position = fromBytes;
  const readMore = (): number => readSync(log, piece, { position });
  try {
    for (;;) {
      const wasOver = isOver();
      for (let length = readMore(); length > 0; length = readMore()) {
        text += piece.toString('latin1', 0, length);
        position += length;
      }
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      yield* lines;
      if (wasOver) return;
      await pause(LOOK_MS);
    }
  } finally {
    closeSync(log);
  }
}

/** Starts a process and returns when it says that it is ready. Throws with the name of its log when it ends first or takes too long. */
export async function startNode(command: NodeCommand): Promise<NodeProcess> {
  const { child, loggedBytes } = launch(command);
  const identity = identify(child.pid ?? 0);
  const addresses = new Map<string, string>();
  const stop = async (abruptly: boolean): Promise<void> => {
    await endProcess(identity, { signal: abruptly ? 'SIGKILL' : 'SIGTERM', graceMs: GRACE_MS, marker: command.marker });
  };
  const lateMs = performance.now() + READY_WITHIN_MS;
  let ended: string | undefined;
  child.once('error', (error) => (ended = error.message));
  child.once('close', (code, signal) => (ended = `ended (${code ?? signal})`));
  let isReady = false;
  for await (const line of linesOf(command.logFile, loggedBytes, () => ended !== undefined || performance.now() > lateMs)) {
    const said = readAnnouncement(line, command.region);
    if (said?.event === 'listening') addresses.set(said.name, said.url);
    isReady = said?.event === 'ready';
    if (isReady) break;
  }
  if (!isReady) {
    await stop(true);
    throw new Error(`${command.name} ${ended ?? 'was not ready in time'}: see ${command.logFile}`);
  }
  return {
    name: command.name,
    pid: identity.pid,
    url(name) {
      const url = addresses.get(name);
      if (url === undefined) throw new Error(`${command.name} did not announce ${name}`);
      return url;
    },
    stop: (options) => stop(options?.abruptly === true),
  };
}

/** Runs a process to its end. Throws with the name of its log unless it ends with code 0. */
export async function runNode(command: NodeCommand): Promise<void> {
  const [code] = await once(launch(command).child, 'exit');
  if (code !== 0) throw new Error(`${command.name} ended (${code}): see ${command.logFile}`);
}

export interface Memory {
  /** Proportional set size, the process's own share of shared pages included. */
  readonly pssMb: number;
  /** The highest resident set so far. */
  readonly peakRssMb: number;
}

/** The memory of a process, or undefined where the system does not tell (only Linux does). */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const read = (file: string, field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
    return { pssMb: read('smaps_rollup', 'Pss'), peakRssMb: read('status', 'VmHWM') };
  } catch {
    return undefined;
  }
}
