import { announceListening, closeServer, httpUrl, listenOnLoopback, readFlags, UsageError, wholeNumber } from '../child.ts';
import { durationMs, logFault } from '../cloud-flags.ts';
import { openCloudFaults } from '../cloud-faults/open.ts';
import { createKms } from '../kms/server.ts';
import { createGateway } from '../mns/gateway.ts';
import { openSecretsFile } from '../secrets-file/secrets-file.ts';
import type { SqsCall } from '../sqs/call.ts';
import { ensureQueue } from '../sqs/ensure-queue.ts';
import { startSweeping } from '../sqs/sweep.ts';

/** The queue server behind wants a region of AWS; the gateway's clients never see it. */
const BACKEND_REGION = 'eu-west-1';

interface QueueBackend {
  readonly call: SqsCall;
  readonly close: () => Promise<void>;
  /** Where it listens, if it is ours. */
  readonly url?: string;
}

async function openBackend(url: string | undefined): Promise<QueueBackend> {
  if (url === undefined) {
    const { startSqs } = await import('../sqs/fauxqs.ts');
    return startSqs({ port: 0, region: BACKEND_REGION, queues: [] });
  }
  const { createHttpCall } = await import('../sqs/http-call.ts');
  return createHttpCall(httpUrl('backend-url', url), BACKEND_REGION);
}

/** Starts the MNS gateway and KMS; gives back how to stop them. See README.md for the flags. */
export async function startChinaCloud(args: string[]): Promise<() => Promise<void>> {
  const flags = readFlags(
    {
      'queue-port': { type: 'string', default: '0' },
      'secrets-port': { type: 'string', default: '0' },
      'secrets-file': { type: 'string' },
      queue: { type: 'string', multiple: true, default: ['madeinworld-sync'] },
      'backend-url': { type: 'string' },
      'sweep-interval': { type: 'string', default: '5s' },
      'no-queue': { type: 'boolean', default: false },
      held: { type: 'boolean', default: false },
    },
    args,
  );
  const queuePort = wholeNumber('queue-port', flags['queue-port'], 0, 65_535);
  const secretsPort = wholeNumber('secrets-port', flags['secrets-port'], 0, 65_535);
  const intervalMs = durationMs('sweep-interval', flags['sweep-interval']);
  const path = flags['secrets-file'];
  if (path === undefined) throw new UsageError('--secrets-file FILE is missing');

  const faults = await openCloudFaults({ name: 'china:cloud-control', intercepts: false, held: flags.held });
  const secrets = openSecretsFile({
    path,
    nowMs: Date.now,
    onUnreadable: logFault('the secrets file cannot be read; its last values stay'),
  });
  const kms = createKms({ secrets, nowMs: Date.now, refuses: faults.denial.refuses, onFault: logFault('KMS stand-in failed') });
  announceListening('china:secrets', await listenOnLoopback(kms, secretsPort));

  if (flags['no-queue']) {
    return async () => {
      await Promise.all([closeServer(kms), faults.close()]);
    };
  }

  const backend = await openBackend(flags['backend-url']);
  if (backend.url !== undefined) announceListening('china:queue-backend', backend.url);
  for (const queue of flags.queue) await ensureQueue(backend.call, queue);
  const draining = new AbortController();
  const gateway = createGateway({
    // What clients send may be lost on purpose; the schedule's sweeps are sent past that.
    sqs: faults.queue.wrap(backend.call),
    secretKeyOf: secrets.secretKeyOf,
    nowMs: Date.now,
    draining: draining.signal,
    onFault: logFault('MNS gateway failed'),
  });
  announceListening('china:queue', await listenOnLoopback(gateway, queuePort));
  const sweeps = startSweeping({
    call: backend.call,
    queues: flags.queue,
    intervalMs,
    encode: (text) => Buffer.from(text).toString('base64'),
    onFault: logFault('a sweep could not be sent'),
  });

  return async () => {
    sweeps.stop();
    draining.abort();
    await Promise.all([closeServer(gateway), closeServer(kms)]);
    await Promise.all([backend.close(), faults.close()]);
  };
}
