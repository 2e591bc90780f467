import { CreateSecretCommand, PutSecretValueCommand, ResourceExistsException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { awsRegion, queueNames } from '../topology/environment.ts';

export interface LocalStackContent {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly secrets: Readonly<Record<string, string>>;
}

/** Gives a fresh LocalStack the world's queues and secrets, as Terraform would give them to AWS. May be repeated. */
export async function fillLocalStack({ endpoint, credentials, secrets }: LocalStackContent): Promise<void> {
  const sqs = new SQSClient({ endpoint, region: awsRegion, credentials });
  try {
    await Promise.all(queueNames.map((name) => sqs.send(new CreateQueueCommand({ QueueName: name }))));
  } finally {
    sqs.destroy();
  }
  await putSecrets({ endpoint, credentials, secrets });
}

/** Makes these the current versions; what was current becomes the previous one. */
export async function putSecrets({ endpoint, credentials, secrets }: LocalStackContent): Promise<void> {
  const manager = new SecretsManagerClient({ endpoint, region: awsRegion, credentials });
  try {
    for (const [name, value] of Object.entries(secrets)) await putSecret(manager, name, value);
  } finally {
    manager.destroy();
  }
}

async function putSecret(manager: SecretsManagerClient, name: string, value: string): Promise<void> {
  try {
    await manager.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await manager.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  }
}
