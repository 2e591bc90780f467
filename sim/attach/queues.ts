import { attachedSqsDepth, mnsDepth } from '../status/queue-depth.ts';
import type { Credentials } from '../supervisor/secrets.ts';
import { eventQueueName, queueName } from '../topology/environment.ts';
import type { Region } from '../topology/regions.ts';
import { queueOf } from './attachments.ts';

/**
 * Sees that the queues that a region's services use are where `url` says: the one that it names, for what crosses, and the one for events beside it. Throws Error that
 * names what is not there: a queue that is missing would look like a border that is cut.
 */
export async function requireQueues(region: Region, url: string, credentials: Credentials): Promise<void> {
  const { endpoint, name = queueName } = queueOf(url);
  const missing: string[] = [];
  for (const queue of [name, eventQueueName]) {
    const one = `${endpoint}/queues/${queue}`;
    try {
      await (region === 'world' ? attachedSqsDepth(url, credentials, queue) : mnsDepth(one, credentials));
    } catch (error) {
      if (!isMissing(error)) throw error;
      missing.push(queue);
    }
  }
  if (missing.length > 0) throw new Error(`there is no queue called ${missing.join(', nor one called ')}. Make it there, then try again`);
}

/** SQS has a name for it, MNS a code. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && (/QueueDoesNotExist|NonExistentQueue/.test(error.name) || /QueueNotExist/.test(error.message));
}
