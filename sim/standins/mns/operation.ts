import type { IncomingHttpHeaders } from 'node:http';
import type { Backend } from './backend.ts';
import type { Delays } from './delays.ts';
import type { Leases } from './leases.ts';
import type { Queues } from './queues.ts';

/** What operations work on. */
export interface GatewayState {
  readonly backend: Backend;
  readonly queues: Queues;
  readonly leases: Leases;
  readonly delays: Delays;
  /** How long the queue server may delay a message at once; longer delays take several rounds. */
  readonly maxDelayS: number;
  readonly nowMs: () => number;
  /** Aborted when the gateway is to end: polls return at once. */
  readonly draining: AbortSignal;
  /** How many long polls may wait at a time; one more gets its empty answer at once. */
  readonly pollQuota: number;
  readonly polls: { waiting: number };
}

export interface OperationRequest {
  readonly queue: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborted when the client has gone away. */
  readonly signal: AbortSignal;
  /** `http://host:port` as the client named it. */
  readonly baseUrl: string;
}

export interface OperationAnswer {
  readonly status: number;
  readonly xml?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes back what the answer would have handed over, when it could not leave. */
  readonly undelivered?: () => Promise<void>;
}

/** Promises an answer; rejects with `MnsError` for everything that MNS would refuse. */
export type Operation = (request: OperationRequest, state: GatewayState) => Promise<OperationAnswer>;
