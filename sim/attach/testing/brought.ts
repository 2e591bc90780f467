import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStandIn } from '#sim/conformance/components/stand-in.ts';
import { startLocalStack, startToxiproxyContainer } from '#sim/conformance/drivers/containers.ts';
import { rememberProcess } from '#sim/conformance/drivers/leftovers.ts';
import type { Run } from '#sim/conformance/drivers/run.ts';
import { ensureSecrets, newCredentials, readCredentials, readSecrets, type Credentials } from '../../supervisor/secrets.ts';
import { makeTwinFolders, twinPaths, type TwinPaths } from '../../supervisor/state.ts';
import { awsRegion, eventQueueName } from '../../topology/environment.ts';
import { startOwnersDatabase, type OwnersDatabase } from './owners-database.ts';

/** A name that no queue of the twin's own has: what comes through is known to have come through the attached one. */
const queue = 'shop-sync';
/** LocalStack keeps an account for each key id of this form, so that another key finds neither queue nor secrets there. */
const account = '111122223333';

/** All that can be attached, started beside the twin as the property of somebody else. */
export interface Brought {
  /** Attaches all of it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly database: OwnersDatabase;
  readonly localStackUrl: string;
  readonly worldQueueUrl: string;
  readonly worldKey: Credentials;
  /** What Secrets Manager is to hold in the end: it lacks one of them, which the twin may make there. */
  readonly worldSecrets: readonly string[];
  readonly chinaQueueUrl: string;
  readonly chinaKey: Credentials;
  /** What is behind KMS, which can only be read. */
  readonly chinaSecretsFile: string;
  readonly chinaSecrets: string;
  readonly toxiproxyUrl: string;
  /** Where mail can be read that came to the attached SMTP server. */
  readonly mailUrl: string;
}

/** Starts everything. What it has started when it throws is removed with the run's leftovers too. */
export async function startBrought(run: Run): Promise<Brought> {
  // Both regions' secrets, made as those of one twin so that they trust each other: here they are the accounts'.
  const accounts = twinPaths(join(run.folder, 'accounts'));
  makeTwinFolders(accounts);
  ensureSecrets(accounts);
  const [database, localStack, toxiproxy, china, mail] = await together([
    startOwnersDatabase(run),
    startLocalStack(run),
    startToxiproxyContainer(run),
    startRemembered(run, 'china-cloud', [
      '--secrets-file',
      accounts.secrets('china'),
      '--sweep-interval',
      '0',
      '--queue',
      queue,
      '--queue',
      eventQueueName,
    ]),
    startRemembered(run, 'mail', ['--dir', accounts.mail]),
  ]);
  const worldKey = { accessKeyId: account, secretAccessKey: newCredentials().secretAccessKey };
  const chinaKey = { ...readCredentials(accounts, 'china'), sessionToken: newCredentials().secretAccessKey };
  const missingSecret = 'madeinworld/auth/pepper';
  await fillAccount(localStack.url, worldKey, accounts, missingSecret);
  const worldQueueUrl = `${localStack.url}/queue/${awsRegion}/${account}/${queue}`;
  const chinaQueueUrl = `${china.urlOf('china:queue')}/queues/${queue}`;
  return {
    environment: {
      SIM_WORLD_DATABASE_URL: database.url,
      SIM_WORLD_QUEUE_URL: worldQueueUrl,
      // The same server by another name: its queue and its secrets have a link each.
      SIM_WORLD_SECRETS_URL: localStack.url.replace('127.0.0.1', 'localhost'),
      SIM_WORLD_SECRETS_CREATE: '1',
      AWS_ACCESS_KEY_ID: worldKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: worldKey.secretAccessKey,
      SIM_CHINA_QUEUE_URL: chinaQueueUrl,
      SIM_CHINA_SECRETS_URL: china.urlOf('china:secrets'),
      ALIBABA_CLOUD_ACCESS_KEY_ID: chinaKey.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: chinaKey.secretAccessKey,
      ALIBABA_CLOUD_SECURITY_TOKEN: chinaKey.sessionToken,
      SIM_MAIL_URL: mail.urlOf('mail:smtp'),
      SIM_TOXIPROXY_URL: toxiproxy.url,
    },
    database,
    localStackUrl: localStack.url,
    worldQueueUrl,
    worldKey,
    worldSecrets: Object.keys(readSecrets(accounts, 'world')).toSorted(),
    chinaQueueUrl,
    chinaKey,
    chinaSecretsFile: accounts.secrets('china'),
    chinaSecrets: readFileSync(accounts.secrets('china'), 'utf8'),
    toxiproxyUrl: toxiproxy.url,
    mailUrl: mail.urlOf('mail'),
  };
}

/** Waits for all of them, also where one fails: nothing may be on its way while the leftovers are removed. */
async function together<Started extends readonly unknown[]>(starts: { readonly [Index in keyof Started]: Promise<Started[Index]> }) {
  await Promise.allSettled(starts);
  return Promise.all(starts);
}

async function startRemembered(run: Run, name: string, args: readonly string[]): ReturnType<typeof startStandIn> {
  const started = await startStandIn(name, args);
  await rememberProcess(run.folder, started.pid);
  return started;
}

/** Makes what the owner of an account at AWS has: the queues, and the secrets but for one. */
async function fillAccount(endpoint: string, credentials: Credentials, accounts: TwinPaths, missing: string): Promise<void> {
  const config = { endpoint, region: awsRegion, credentials };
  const [sqs, secrets] = [new SQSClient(config), new SecretsManagerClient(config)];
  for (const QueueName of [queue, eventQueueName]) await sqs.send(new CreateQueueCommand({ QueueName }));
  for (const [Name, SecretString] of Object.entries(readSecrets(accounts, 'world')))
    if (Name !== missing) await secrets.send(new CreateSecretCommand({ Name, SecretString }));
  sqs.destroy();
  secrets.destroy();
}
