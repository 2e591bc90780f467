import type { SqsCall } from '#standins/sqs/call.ts';
import type { TwinPaths, TwinState } from '../supervisor/state.ts';
import type { Region } from '../topology/regions.ts';
import type { Databases } from './database/database.ts';
import type { ReadQueue } from './queues/message.ts';

/** A region's queues, round the links. */
export interface TwinQueues {
  /** One of them, by its name. */
  readonly read: (name: string) => ReturnType<ReadQueue>;
  readonly call: SqsCall;
  close(): Promise<void>;
}

/** What saving and loading need of the running twin. */
export interface SnapshotTwin {
  readonly paths: TwinPaths;
  readonly state: () => TwinState;
  readonly databases: Databases;
  /** The major version of a region's server. */
  readonly postgresMajor: (region: Region) => string;
  /** Opens the queues where they are now. */
  readonly queues: (region: Region) => TwinQueues;
  /** Lets no process that serves do anything, until what it answers is called. */
  readonly freeze: () => Promise<() => Promise<void>>;
  /** Ends all that serves in the regions, and what keeps something in memory that a load replaces. */
  readonly stopProcesses: () => Promise<void>;
  /** Starts what was ended with the services, and gives LocalStack the secrets. */
  readonly startBackends: () => Promise<void>;
  readonly startServices: () => Promise<void>;
  readonly migrate: () => Promise<void>;
  /** Has the regions compare what they hold, as after the loss of a queue. */
  readonly reconcile: () => Promise<void>;
  /** Has this done when the answer has been given; whatever comes next waits for it. */
  readonly afterwards: (work: () => Promise<unknown>) => void;
  /** Tells how far it is. */
  readonly progress: (text: string) => void;
}
