import { Type } from 'typebox';

import type { Clock } from '../clock.ts';
import { readConfig, type Environment } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CountedQueue } from './queue.ts';

export type { CountedQueue, Queue, Received, SendResult } from './queue.ts';

const QueueName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$' });

/** What a queue carries: pointers to changed rows, for the border, events, which are acted on in the region, or what vendors report of mails. */
export type QueueKind = 'pointers' | 'events' | 'reports';

const nameVariables = { pointers: 'QUEUE_NAME', events: 'EVENT_QUEUE_NAME', reports: 'REPORT_QUEUE_NAME' } as const;

/** The AWS SDK reads what it needs besides (AWS_REGION, AWS_ENDPOINT_URL_SQS, credentials) from the environment by itself. */
const QueueConfig = Type.Object({
  QUEUE_PROVIDER: Type.Union([Type.Literal('sqs'), Type.Literal('mns')]),
  QUEUE_NAME: Type.Optional(QueueName),
  EVENT_QUEUE_NAME: Type.Optional(QueueName),
  REPORT_QUEUE_NAME: Type.Optional(QueueName),
  MNS_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  ALIBABA_CLOUD_CREDENTIALS_URI: Type.Optional(Type.String({ pattern: '^https?://' })),
});

/** The queue of the provider that `env` names; only its client is loaded. Throws ConfigError; asks nothing of the network before the first call. */
export async function createQueue(options: { env: Environment; log: Logger; clock: Clock; of?: QueueKind }): Promise<CountedQueue> {
  const config = readConfig(QueueConfig, options.env);
  const queueName = config[nameVariables[options.of ?? 'pointers']];
  if (queueName === undefined) throw new ConfigError([`${nameVariables[options.of ?? 'pointers']} is missing`]);
  if (config.QUEUE_PROVIDER === 'sqs') {
    const { openSqsQueue } = await import('./sqs.ts');
    return openSqsQueue({ queueName });
  }
  if (config.MNS_ENDPOINT === undefined) throw new ConfigError(['MNS_ENDPOINT is missing']);
  const [{ openMnsQueue }, { alibabaCredentials }] = await Promise.all([import('./mns.ts'), import('../alibaba-credentials.ts')]);
  return openMnsQueue({
    endpoint: config.MNS_ENDPOINT,
    queueName,
    credentials: alibabaCredentials(config.ALIBABA_CLOUD_CREDENTIALS_URI),
    clock: options.clock,
  });
}
