import type { Trap } from './tripwire.ts';

/** Who is killed: a process of the product's, or the PostgreSQL backend that works for it. */
export type Victim = 'publisher' | 'worker' | 'ingest' | 'apply backend';

/** A step at which somebody is killed, as it shows on a wire. The providers speak differently: hence a pattern a cloud. */
export interface Cell {
  readonly victim: Victim;
  readonly step: string;
  /** Whose wire, and to where. `here` is the region that writes, `there` its peer. */
  readonly wire: {
    readonly side: 'here' | 'there';
    readonly role: 'catalog' | 'sync-worker' | 'sync-ingest';
    readonly to: 'database' | 'queue' | 'peer';
  };
  readonly at: Trap['at'];
  /** SIGKILL, unless it says otherwise: it does not get to do anything more. */
  readonly signal?: 'SIGTERM';
  readonly request: { readonly world: readonly RegExp[]; readonly china: readonly RegExp[] };
  readonly answer?: RegExp;
}

const everywhere = (...patterns: RegExp[]): Cell['request'] => ({ world: patterns, china: patterns });
const both = (cell: Omit<Cell, 'at'>): Cell[] => [
  { ...cell, at: 'request' },
  { ...cell, at: 'answer' },
];

const claim = everywhere(/outbox-claim/);
const settle = everywhere(/outbox-settle/);
const send = { world: [/AmazonSQS\.SendMessageBatch/], china: [/POST \/queues\/madeinworld-sync\/messages/] };
const receive = { world: [/AmazonSQS\.ReceiveMessage/], china: [/GET \/queues\/madeinworld-sync\/messages/] };
const remove = { world: [/AmazonSQS\.DeleteMessageBatch/], china: [/DELETE \/queues\/madeinworld-sync\/messages/] };
const post = everywhere(/POST \/sync\/v1\/apply/);
const apply = everywhere(/apply-catalog\.product/);
const commit = everywhere(/apply-catalog\.product/, /COMMIT/);

const publisher = (to: 'database' | 'queue') => ({ victim: 'publisher', wire: { side: 'here', role: 'catalog', to } }) as const;
const worker = (to: 'database' | 'queue' | 'peer') => ({ victim: 'worker', wire: { side: 'here', role: 'sync-worker', to } }) as const;
const ingest = { victim: 'ingest', wire: { side: 'there', role: 'sync-ingest', to: 'database' } } as const;
const backend = { victim: 'apply backend', wire: ingest.wire } as const;

/** Every process at every step: before its request leaves, and when the other side has done it and the answer is on its way. */
export const cells: readonly Cell[] = [
  ...both({ ...publisher('database'), step: 'claim', request: claim }),
  ...both({ ...publisher('queue'), step: 'send', request: send }),
  ...both({ ...publisher('database'), step: 'settle', request: settle }),
  // A poll that brought messages, of which one is not a sweep's.
  ...both({ ...worker('queue'), step: 'receive', request: receive, answer: /ReceiptHandle/ }),
  ...both({ ...worker('database'), step: 'read', request: everywhere(/read-catalog\.product/) }),
  ...both({ ...worker('peer'), step: 'post', request: post }),
  // Stopped as a deployment stops it, in the middle of a batch.
  { ...worker('peer'), step: 'post', at: 'request', signal: 'SIGTERM', request: post },
  ...both({ ...worker('queue'), step: 'delete', request: remove }),
  ...both({ ...ingest, step: 'apply', request: apply }),
  ...both({ ...ingest, step: 'commit', request: commit }),
  { victim: 'ingest', wire: { side: 'here', role: 'sync-worker', to: 'peer' }, step: 'answer', at: 'answer', request: post },
  ...both({ ...backend, step: 'apply', request: apply }),
  ...both({ ...backend, step: 'commit', request: commit }),
];
