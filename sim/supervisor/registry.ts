import { hideQuery } from '../attach/attachments.ts';
import { isFullDisk, tailFile } from './log-file.ts';
import { writeWhole, type ProcessState, type TwinPaths, type TwinState } from './state.ts';

/**
 * The supervisor's knowledge of the twin. A new process, a fault and a phase are on disk before anything else happens, so that a killed supervisor leaves nothing
 * behind that nobody knows; how far a start has come is within the same turn of the event loop, for each writing waits for the disk. On a full disk it goes on with an older one.
 */
export interface Registry {
  readonly state: TwinState;
  update(change: Partial<TwinState>): void;
  setProcess(name: string, change: Partial<ProcessState> & Pick<ProcessState, 'pid'>): void;
  setProcess(name: string, change: Partial<ProcessState>): void;
  /** Another name for a process; whatever had that name is forgotten. */
  renameProcess(from: string, to: string): void;
  forgetProcess(name: string): void;
  address(name: string): string | undefined;
  setAddress(name: string, url: string, version?: string): void;
  /** Forgets where something listened: it may come back anywhere. */
  forgetAddress(name: string): void;
  progress(text: string): void;
}

export function createRegistry(paths: TwinPaths, initial: TwinState): Registry {
  const state = { ...initial };
  let saved = true;
  let due = false;
  const failed = (why: string): void => {
    // With the next change it may be possible again. Until then what is written down is older than what is so.
    if (saved) process.stderr.write(`the state could not be written down: ${why} (${paths.simDir})\n`);
    saved = false;
  };
  const save = (): void => {
    due = false;
    try {
      writeWhole(paths.state, writtenDown(state));
      saved = true;
    } catch (error) {
      if (!isFullDisk(error)) throw error;
      failed('the disk is full');
    }
  };
  const saveIfDue = (): void => {
    if (!due) return;
    try {
      save();
    } catch (error) {
      // Nobody waits for it who could be told.
      failed(error instanceof Error ? error.message : String(error));
    }
  };
  const saveSoon = (): void => {
    if (!due) setImmediate(saveIfDue);
    due = true;
  };
  process.once('exit', saveIfDue);
  writeWhole(paths.state, writtenDown(state));
  return {
    state,
    update(change) {
      Object.assign(state, change);
      save();
    },
    setProcess(name, change) {
      const known = state.processes.find((process) => process.name === name);
      const blank = { ...blankProcess, name, logFile: paths.log(name) };
      const changed = { ...(known ?? blank), ...change };
      state.processes = [...state.processes.filter((process) => process !== known), changed];
      if (change.pid === undefined) saveSoon();
      else save();
    },
    renameProcess(from, to) {
      state.processes = state.processes.filter(({ name }) => name !== to).map((one) => (one.name === from ? { ...one, name: to } : one));
      saveSoon();
    },
    forgetProcess(gone) {
      state.processes = state.processes.filter(({ name }) => name !== gone);
      saveSoon();
    },
    address: (name) => state.addresses[name],
    setAddress(name, url, version) {
      state.addresses = { ...state.addresses, [name]: url };
      if (version !== undefined) state.versions = { ...state.versions, [name]: version };
      saveSoon();
    },
    forgetAddress(gone) {
      const { [gone]: _, ...addresses } = state.addresses;
      state.addresses = addresses;
      saveSoon();
    },
    progress(text) {
      state.progress = [...state.progress, text];
      saveSoon();
    },
  };
}

/** Anybody may read the file, and what is attached may be reached by a query with a secret in it. Whoever asks this process is told it whole. */
function writtenDown(state: TwinState): TwinState {
  const addresses = Object.entries(state.addresses).map(([name, url]) => [name, name in state.attached ? hideQuery(url) : url] as const);
  return { ...state, addresses: Object.fromEntries(addresses) };
}

const blankProcess = {
  pid: 0,
  startTime: '',
  state: 'starting',
  exitCode: null,
  signal: null,
  stopStage: 0,
  stopSignal: 'SIGTERM',
  readyMs: null,
} satisfies Omit<ProcessState, 'name' | 'logFile'>;

/** Why a process failed, with the end of what it said: of its log, where nobody listened to it alone. */
export class ProcessFailure extends Error {
  readonly processName: string;
  readonly logFile: string;
  private readonly said: readonly string[] | undefined;

  constructor(processName: string, reason: string, logFile: string, options?: ErrorOptions & { readonly said?: readonly string[] }) {
    super(reason, options);
    this.processName = processName;
    this.logFile = logFile;
    this.said = options?.said;
  }

  get logTail(): readonly string[] {
    return this.said ?? tailFile(this.logFile, 20);
  }
}
