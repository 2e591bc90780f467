import type { Backend } from './backend.ts';
import { MnsError } from './errors.ts';
import { DEFAULT_SETTINGS, sameSettings, type QueueSettings } from './queue-settings.ts';

/** Where a message goes that has been received too often. Belongs to MNS's control plane. */
export interface DeadLetterPolicy {
  readonly enabled: boolean;
  readonly targetQueue: string;
  readonly maxReceiveCount: number;
}

export interface Queue {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly deadLetters?: DeadLetterPolicy;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

/** The queues with what the queue server does not keep: MNS's settings and times. */
export interface Queues {
  /** Says whether the queue is new. Throws QueueAlreadyExist when it is there with other settings, QueueDeletedRecently. */
  create(name: string, settings: QueueSettings): Promise<boolean>;
  change(name: string, change: (settings: QueueSettings) => QueueSettings): Promise<void>;
  setDeadLetters(name: string, policy: DeadLetterPolicy): Promise<void>;
  remove(name: string): Promise<void>;
  /** The queue; one that the queue server has from elsewhere is taken on with default settings. Throws QueueNotExist. */
  get(name: string): Promise<Queue>;
  /** The same; undefined where there is none. */
  find(name: string): Promise<Queue | undefined>;
  list(prefix: string): Promise<Queue[]>;
}

/** A deleted queue's name is free again after this. MNS does not document how long; SQS takes 60 s. */
const DELETED_RECENTLY_MS = 60_000;

export function createQueues(backend: Backend, nowMs: () => number): Queues {
  const known = new Map<string, Queue>();
  const deletedAtMs = new Map<string, number>();

  const store = (queue: Omit<Queue, 'modifiedAtMs'>): Queue => {
    const stored = { ...queue, modifiedAtMs: nowMs() };
    known.set(queue.name, stored);
    return stored;
  };
  const find = async (name: string): Promise<Queue | undefined> => {
    const queue = known.get(name);
    if (queue) return queue;
    const there = await backend.counts(name).then(
      () => true,
      (error: unknown) => {
        if (error instanceof MnsError && error.code === 'QueueNotExist') return false;
        throw error;
      },
    );
    return there ? (known.get(name) ?? store({ name, settings: DEFAULT_SETTINGS, createdAtMs: nowMs() })) : undefined;
  };
  const get = async (name: string): Promise<Queue> => {
    const queue = await find(name);
    if (!queue) throw new MnsError('QueueNotExist', 'The queue name you provided does not exist.');
    return queue;
  };

  return {
    get,
    find,
    async create(name, settings) {
      const existing = await find(name);
      if (existing) {
        if (sameSettings(existing.settings, settings)) return false;
        throw new MnsError('QueueAlreadyExist', 'The queue you want to create already exists with other attributes.');
      }
      const deleted = deletedAtMs.get(name);
      if (deleted !== undefined && nowMs() - deleted < DELETED_RECENTLY_MS) {
        throw new MnsError('QueueDeletedRecently', 'A queue of this name was deleted less than 60 seconds ago.');
      }
      deletedAtMs.delete(name);
      await backend.createQueue(name);
      if (settings.MessageRetentionPeriod !== DEFAULT_SETTINGS.MessageRetentionPeriod) {
        await backend.setRetention(name, settings.MessageRetentionPeriod);
      }
      store({ name, settings, createdAtMs: nowMs() });
      return true;
    },
    async change(name, change) {
      const queue = await get(name);
      const settings = change(queue.settings);
      if (settings.MessageRetentionPeriod !== queue.settings.MessageRetentionPeriod) {
        await backend.setRetention(name, settings.MessageRetentionPeriod);
      }
      store({ ...queue, settings });
    },
    async setDeadLetters(name, deadLetters) {
      store({ ...(await get(name)), deadLetters });
    },
    async remove(name) {
      // MNS answers 204 for a queue that is not there, too.
      if (!(await find(name))) return;
      await backend.deleteQueue(name);
      known.delete(name);
      deletedAtMs.set(name, nowMs());
    },
    async list(prefix) {
      const names = await backend.listQueues(prefix);
      const queues = await Promise.all(names.filter((name) => name.startsWith(prefix)).map(find));
      return queues.filter((queue) => queue !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}
