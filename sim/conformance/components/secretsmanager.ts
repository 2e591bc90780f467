import { PutSecretValueCommand, SecretsManagerClient, CreateSecretCommand } from '@aws-sdk/client-secrets-manager';

import { awsRegion } from '#sim/topology/environment.ts';
import { startLocalStack } from '../drivers/containers.ts';
import type { Run, Running } from '../drivers/run.ts';
import { accessKey, makeSecretsFile, startStandIn, type SecretsFile } from './stand-in.ts';

export interface SecretsManagerTarget extends Running {
  readonly url: string;
  readonly region: string;
  /** The pair that opens it. */
  readonly accessKey: typeof accessKey;
  /** Where a workload gets its credentials from. */
  readonly credentialsUrl: string;
  /** The file that holds the secrets; undefined where the engine keeps them itself. */
  readonly file: SecretsFile | undefined;
  /** Makes these the secrets, rotating those that are there; others stay. */
  put(values: Readonly<Record<string, string>>): Promise<void>;
}

/** Starts Secrets Manager with nothing in it, and a credentials endpoint. */
export function startSecretsManager(run: Run): Promise<SecretsManagerTarget> {
  return run.driver === 'docker' ? startDocker(run) : startEmbedded(run);
}

async function startEmbedded(run: Run): Promise<SecretsManagerTarget> {
  const file = await makeSecretsFile(run);
  const cloud = await startStandIn('world-cloud', ['--no-queue', '--secrets-file', file.path]);
  const url = cloud.urlOf('world:secrets');
  let all: Record<string, string> = {};
  return {
    url,
    region: awsRegion,
    accessKey,
    credentialsUrl: `${url}/credentials`,
    file,
    put: async (values) => {
      all = { ...all, ...values };
      await file.write(all);
    },
    stop: async () => void (await cloud.stop()),
  };
}

async function startDocker(run: Run): Promise<SecretsManagerTarget> {
  const file = await makeSecretsFile(run);
  const [localstack, credentials] = await Promise.all([
    startLocalStack(run),
    startStandIn('world-cloud', ['--no-queue', '--secrets-file', file.path]),
  ]);
  const client = new SecretsManagerClient({ endpoint: localstack.url, region: awsRegion, credentials: { ...accessKey } });
  const known = new Set<string>();
  return {
    url: localstack.url,
    region: awsRegion,
    accessKey,
    credentialsUrl: `${credentials.urlOf('world:secrets')}/credentials`,
    file: undefined,
    put: async (values) => {
      for (const [name, value] of Object.entries(values)) {
        if (known.has(name)) await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
        else await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
        known.add(name);
      }
    },
    stop: async () => {
      client.destroy();
      await Promise.all([credentials.stop(), localstack.container.stop()]);
    },
  };
}
