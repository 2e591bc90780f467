import { Type } from 'typebox';

import type { Clock } from '../clock.ts';
import { readConfig, type Environment } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { CountedQueue } from './queue.ts';

export type { CountedQueue, Queue, Received, SendResult } from './queue.ts';

/** The AWS SDK reads what it needs besides (AWS_REGION, AWS_ENDPOINT_URL_SQS, credentials) from the environment by itself. */
const QueueConfig = Type.Object({
  QUEUE_PROVIDER: Type.Union([Type.Literal('sqs'), Type.Literal('mns')]),
  QUEUE_NAME: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$' }),
  MNS_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  ALIBABA_CLOUD_CREDENTIALS_URI: Type.Optional(Type.String({ pattern: '^https?://' })),
});

/** The queue of the provider that `env` names; only its client is loaded. Throws ConfigError; asks nothing of the network before the first call. */
export async function createQueue(options: { env: Environment; log: Logger; clock: Clock }): Promise<CountedQueue> {
  const config = readConfig(QueueConfig, options.env);
  if (config.QUEUE_PROVIDER === 'sqs') {
    const { openSqsQueue } = await import('./sqs.ts');
    return openSqsQueue({ queueName: config.QUEUE_NAME });
  }
  if (config.MNS_ENDPOINT === undefined) throw new ConfigError(['MNS_ENDPOINT is missing']);
  const [{ openMnsQueue }, { alibabaCredentials }] = await Promise.all([import('./mns.ts'), import('../alibaba-credentials.ts')]);
  return openMnsQueue({
    endpoint: config.MNS_ENDPOINT,
    queueName: config.QUEUE_NAME,
    credentials: alibabaCredentials(config.ALIBABA_CLOUD_CREDENTIALS_URI),
    clock: options.clock,
  });
}
