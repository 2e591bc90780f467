import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that is told apart from a later one with the same id by when it began. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** When the process began, as the system tells it; undefined when there is no such living process. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startTimeByPs(pid);
  try {
    const fields = statFields(pid);
    // A zombie has ended; only nobody has asked for its exit code yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** The fields of /proc/PID/stat from the third on: the second is the command's name, which may hold anything. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function startTimeByPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [state = '', ...started] = text.split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid) ?? '' };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.startTime !== '' && startTimeOf(identity.pid) === identity.startTime;
}

/** Whether the process stands still, by SIGSTOP or a debugger. */
export function isFrozen({ pid }: { readonly pid: number }): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return (statFields(pid)[0] ?? '').toLowerCase() === 't';
  } catch {
    return false;
  }
}

/** A process and all that it started, and what those started: PostgreSQL's backends are in process groups of their own. */
export function withDescendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of process.platform === 'linux' ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), Number(statFields(Number(entry))[1]));
    } catch {
      // It has ended.
    }
  }
  const found = [pid];
  for (let index = 0; index < found.length; index += 1) {
    for (const [child, parent] of parents) if (parent === found[index]) found.push(child);
  }
  return found;
}

/** Sends a signal to a process and all its descendants: those that have ended meanwhile are passed over. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  // Stopping begins at the root, so that nothing new is started meanwhile; going on ends with it.
  const members = withDescendants(pid);
  for (const member of signal === 'SIGCONT' ? members.toReversed() : members) send(member, signal);
}

export interface EndOptions {
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
  /** The environment entry that members of the group carry, for telling them from strangers when their leader is gone. */
  readonly marker: string;
}

/**
 * Ends a process and what is left of its group: the signal first, SIGKILL after the grace. Never touches a process
 * that only has inherited the id.
 */
export async function endProcess(identity: ProcessIdentity, options: EndOptions): Promise<void> {
  const leaderAlive = isAlive(identity);
  if (leaderAlive) {
    send(identity.pid, options.signal);
    // What stands still hears no signal but this one and SIGKILL.
    if (isFrozen(identity)) signalTree(identity.pid, 'SIGCONT');
    const end = Date.now() + options.graceMs;
    while (isAlive(identity) && Date.now() < end) await sleep(10);
    if (isAlive(identity)) send(-identity.pid, 'SIGKILL');
  }
  for (const member of groupMembers(identity.pid, options.marker)) send(member, 'SIGKILL');
  while (isAlive(identity)) await sleep(10);
}

/** Sends a signal to a process, which may have ended. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function groupMembers(group: number, marker: string): number[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
  return pids.filter((pid) => {
    try {
      const fields = statFields(pid);
      if (fields[0] === 'Z' || Number(fields[2]) !== group) return false;
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(marker);
    } catch {
      return false;
    }
  });
}
