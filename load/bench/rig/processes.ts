import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { readAnnouncement } from '#sim/supervisor/announcement.ts';
import { endProcess, identify } from '#sim/supervisor/process-identity.ts';
import type { Region } from '#sim/topology/regions.ts';

const READY_WITHIN_MS = 60_000;
const GRACE_MS = 10_000;

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

function launch(command: NodeCommand) {
  const child = spawn(process.execPath, command.args, {
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches the benchmark, which ends its processes in their order.
    detached: true,
  });
  const log = createWriteStream(command.logFile, { flags: 'a' });
  child.stderr.pipe(log);
  return { child, log };
}

/** Starts a process and returns when it says that it is ready. Throws with the name of its log when it ends first or takes too long. */
export async function startNode(command: NodeCommand): Promise<NodeProcess> {
  const { child, log } = launch(command);
  const identity = identify(child.pid ?? 0);
  const addresses = new Map<string, string>();
  const stop = async (abruptly: boolean): Promise<void> => {
    await endProcess(identity, { signal: abruptly ? 'SIGKILL' : 'SIGTERM', graceMs: GRACE_MS, marker: command.marker });
  };
  await new Promise<void>((resolve, reject) => {
    const fail = (how: string): void => reject(new Error(`${command.name} ${how}: see ${command.logFile}`));
    const late = setTimeout(() => fail('was not ready in time'), READY_WITHIN_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`);
      const said = readAnnouncement(line, command.region);
      if (said?.event === 'listening') addresses.set(said.name, said.url);
      if (said?.event !== 'ready') return;
      clearTimeout(late);
      resolve();
    });
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => fail(`ended (${code ?? signal})`));
  }).catch(async (error: unknown) => {
    await stop(true);
    throw error;
  });
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
  const { child, log } = launch(command);
  child.stdout.pipe(log);
  const [code] = await once(child, 'exit');
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
