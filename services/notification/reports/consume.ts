import type { Clock } from '#platform/clock.ts';
import type { CountedQueue, Queue } from '#platform/queue/index.ts';

import { handleBatch } from '../consume/batch.ts';
import { runLoop } from '../consume/loop.ts';
import { handleReports, type ReportDeps } from './handle.ts';
import type { ReportConfig } from './config.ts';

/** Opens the queue of Dysms's reports, where there is one. The vendor's SDK is loaded for it alone. */
export async function openSmsReportQueue(
  config: ReportConfig & { readonly ALIBABA_CLOUD_CREDENTIALS_URI?: string },
  clock: Clock,
): Promise<CountedQueue | undefined> {
  const queueName = config.SMS_REPORT_QUEUE_NAME;
  if (queueName === undefined) return undefined;
  const { openDysmsReportQueue } = await import('#platform/sms/dysms-report-queue.ts');
  const { SMS_REPORT_MNS_ENDPOINT: mnsEndpoint, DYBASE_ENDPOINT: tokenEndpoint, ALIBABA_CLOUD_CREDENTIALS_URI: credentialsUri } = config;
  return openDysmsReportQueue({ queueName, mnsEndpoint, tokenEndpoint, credentialsUri }, clock);
}

/** Acts on what comes to the queues, each by itself, until `stop` aborts; resolves when the last batches have ended. */
export async function consumeReports(
  deps: ReportDeps & { readonly ping: () => Promise<void>; readonly clock: Clock },
  queues: readonly Queue[],
  { stop, hardStop }: { readonly stop: AbortSignal; readonly hardStop: AbortSignal },
): Promise<void> {
  const { ping, clock, log } = deps;
  const consume = (queue: Queue): Promise<void> =>
    runLoop(
      {
        queue,
        handle: (received) => handleBatch({ queue, log, handle: (messages) => handleReports(deps, messages, hardStop) }, received),
        ping,
        clock,
        log,
      },
      stop,
    );
  await Promise.all(queues.map(consume));
}
