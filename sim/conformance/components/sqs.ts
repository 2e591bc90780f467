import { awsRegion, queueName } from '#sim/topology/environment.ts';
import { startLocalStack } from '../drivers/containers.ts';
import type { Run, Running } from '../drivers/run.ts';
import { accessKey, startStandIn } from './stand-in.ts';

export interface SqsTarget extends Running {
  readonly url: string;
  readonly region: string;
  readonly accessKey: typeof accessKey;
}

/** Starts an SQS server. Nothing is swept, and what queues there are nobody else uses. */
export async function startSqs(run: Run): Promise<SqsTarget> {
  if (run.driver === 'docker') {
    const { url, container } = await startLocalStack(run);
    return { url, region: awsRegion, accessKey, stop: async () => void (await container.stop()) };
  }
  const cloud = await startStandIn('world-cloud', ['--no-secrets', '--sweep-interval', '0', '--queue', queueName]);
  return { url: cloud.urlOf('world:queue'), region: awsRegion, accessKey, stop: async () => void (await cloud.stop()) };
}
