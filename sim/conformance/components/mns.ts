import { queueName } from '#sim/topology/environment.ts';
import { startElasticMq } from '../drivers/containers.ts';
import type { Run, Running } from '../drivers/run.ts';
import { accessKey, makeSecretsFile, startStandIn } from './stand-in.ts';

export interface MnsTarget extends Running {
  /** The gateway's. */
  readonly url: string;
  /** The pair that opens it. */
  readonly accessKey: typeof accessKey;
  /** What `ALIBABA_CLOUD_CREDENTIALS_URI` names. */
  readonly credentialsUrl: string;
  /** The queue that is there from the start. */
  readonly queueName: string;
  /** The SQS server behind the gateway, past it. */
  readonly backendUrl: string;
}

/** Starts the MNS gateway in front of fauxqs, or of ElasticMQ in Docker. Nothing is swept. */
export async function startMns(run: Run): Promise<MnsTarget> {
  const file = await makeSecretsFile(run);
  const args = ['--secrets-file', file.path, '--sweep-interval', '0', '--queue', queueName];
  const elasticMq = run.driver === 'docker' ? await startElasticMq(run) : undefined;
  const cloud = await startStandIn('china-cloud', elasticMq === undefined ? args : [...args, '--backend-url', elasticMq.url]);
  return {
    url: cloud.urlOf('china:queue'),
    accessKey,
    credentialsUrl: `${cloud.urlOf('china:secrets')}/credentials`,
    queueName,
    backendUrl: elasticMq?.url ?? cloud.urlOf('china:queue-backend'),
    stop: async () => {
      await cloud.stop();
      await elasticMq?.container.stop();
    },
  };
}
