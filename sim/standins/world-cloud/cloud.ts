import { announceListening, closeServer, httpUrl, listenOnLoopback, logLine, readFlags, UsageError, wholeNumber } from '../child.ts';
import { openCloudFaults } from '../cloud-faults/open.ts';
import { openSecretsFile } from '../secrets-file/secrets-file.ts';
import { createSecretsManager } from '../secretsmanager/server.ts';
import { durationMs, logFault } from '../cloud-flags.ts';
import type { SqsCall } from '../sqs/call.ts';
import { ensureQueue } from '../sqs/ensure-queue.ts';
import { startSweeping } from '../sqs/sweep.ts';

/** The world is AWS in one region; its clients are configured with the same. */
const REGION = 'eu-west-1';

/** Starts SQS and Secrets Manager; gives back how to stop them. See README.md for the flags. */
export async function startWorldCloud(args: string[]): Promise<() => Promise<void>> {
  const flags = readFlags(
    {
      'queue-port': { type: 'string', default: '0' },
      'secrets-port': { type: 'string', default: '0' },
      'secrets-file': { type: 'string' },
      queue: { type: 'string', multiple: true, default: ['madeinworld-sync'] },
      'backend-url': { type: 'string' },
      'sweep-interval': { type: 'string', default: '5s' },
      'no-queue': { type: 'boolean', default: false },
      'no-secrets': { type: 'boolean', default: false },
    },
    args,
  );
  const ports = {
    queue: wholeNumber('queue-port', flags['queue-port'], 0, 65_535),
    secrets: wholeNumber('secrets-port', flags['secrets-port'], 0, 65_535),
  };
  const intervalMs = durationMs('sweep-interval', flags['sweep-interval']);
  const stops: (() => Promise<void> | void)[] = [];

  const faults = await openCloudFaults({ name: 'world:cloud-control', intercepts: true, held: false });
  stops.push(faults.close);

  if (!flags['no-secrets']) {
    const path = flags['secrets-file'];
    if (path === undefined) throw new UsageError('--secrets-file FILE is missing (or say --no-secrets)');
    const secrets = openSecretsFile({
      path,
      nowMs: Date.now,
      onUnreadable: logFault('the secrets file cannot be read; its last values stay'),
    });
    const server = createSecretsManager({
      secrets,
      region: REGION,
      nowMs: Date.now,
      refuses: faults.denial.refuses,
      onFault: logFault('Secrets Manager stand-in failed'),
    });
    announceListening('world:secrets', await listenOnLoopback(server, ports.secrets));
    stops.push(() => closeServer(server));
  }

  let call: SqsCall | undefined;
  if (!flags['no-queue']) {
    const { startSqs } = await import('../sqs/fauxqs.ts');
    const server = await startSqs({ port: ports.queue, region: REGION, queues: flags.queue });
    announceListening('world:queue', server.url);
    stops.push(server.close);
    call = server.call;
  } else if (flags['backend-url'] !== undefined) {
    const { createHttpCall } = await import('../sqs/http-call.ts');
    const backend = createHttpCall(httpUrl('backend-url', flags['backend-url']), REGION);
    stops.push(backend.close);
    call = backend.call;
    for (const queue of flags.queue) await ensureQueue(call, queue);
  }
  if (call) {
    const sweeps = startSweeping({
      call,
      queues: flags.queue,
      intervalMs,
      encode: (text) => text,
      onFault: logFault('a sweep could not be sent'),
    });
    stops.push(sweeps.stop);
  } else logLine('info', 'no queue here and no --backend-url: nothing is swept');

  return async () => {
    for (const stop of stops.reverse()) await stop();
  };
}
