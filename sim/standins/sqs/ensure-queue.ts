import { SqsCallError, type SqsCall } from './call.ts';

/**
 * Creates the queue unless it is there. One that is there stays as it is: servers refuse to create it
 * again when it was configured with other attributes.
 */
export async function ensureQueue(call: SqsCall, name: string): Promise<void> {
  try {
    await call('GetQueueUrl', { QueueName: name });
  } catch (error) {
    if (!(error instanceof SqsCallError) || !error.queueMissing) throw error;
    await call('CreateQueue', { QueueName: name });
  }
}
