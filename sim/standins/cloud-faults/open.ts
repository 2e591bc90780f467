import { announceListening, closeServer, listenOnLoopback } from '../child.ts';
import { logFault } from '../cloud-flags.ts';
import { createControl } from './control.ts';
import { createDenial, type Denial } from './denial.ts';
import { createQueueFaults, type QueueFaults } from './queue-faults.ts';
import { createSecretsInterceptor } from './secrets-interceptor.ts';
import { createSqsInterceptor } from './sqs-interceptor.ts';

/** The faults of one cloud process, with all that listens for them. */
export interface CloudFaults {
  readonly queue: QueueFaults;
  readonly denial: Denial;
  close(): Promise<void>;
}

export interface CloudFaultsOptions {
  /** What the control listener is announced as. */
  readonly name: string;
  /** Whether clients can be led past the servers that the faults concern: China's are all ours, and are wrapped instead. */
  readonly intercepts: boolean;
  /** Whether what is sent waits until the control is told that the faults of before are in force again. */
  readonly held: boolean;
}

/** Nobody tells it where the supervisor has been killed. */
const HELD_FOR_MS = 5_000;

/** Listens for faults on 127.0.0.1 and announces where. */
export async function openCloudFaults({ name, intercepts, held }: CloudFaultsOptions): Promise<CloudFaults> {
  const { promise, resolve: ready } = Promise.withResolvers<void>();
  if (held) setTimeout(ready, HELD_FOR_MS).unref();
  const queue = createQueueFaults(held ? promise : undefined);
  const denial = createDenial();
  const upstreams = { queue: 'http://127.0.0.1:1', secrets: 'http://127.0.0.1:1' };
  const interceptors = intercepts
    ? {
        queue: createSqsInterceptor(queue, () => upstreams.queue),
        secrets: createSecretsInterceptor(denial, () => upstreams.secrets),
      }
    : undefined;
  const listening =
    interceptors === undefined
      ? undefined
      : { queue: await listenOnLoopback(interceptors.queue, 0), secrets: await listenOnLoopback(interceptors.secrets, 0) };
  const control = createControl({
    queue,
    denial,
    entrance(of, upstream) {
      if (upstream === undefined || listening === undefined) return undefined;
      upstreams[of] = upstream;
      return new URL(listening[of]).host;
    },
    ready,
    onFault: logFault('a fault could not be changed'),
  });
  announceListening(name, await listenOnLoopback(control, 0));
  return {
    queue,
    denial,
    async close() {
      const servers = [control, ...(interceptors === undefined ? [] : [interceptors.queue, interceptors.secrets])];
      await Promise.all(servers.map((server) => closeServer(server)));
    },
  };
}
