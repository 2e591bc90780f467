import { randomUUID } from 'node:crypto';

import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { Type } from 'typebox';
import { afterEach, expect, vi } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';
import { createSecrets } from '#platform/secrets/index.ts';
import { secretsmanager } from '../../behaviours/secretsmanager.ts';
import { startSecretsManager } from '../../components/secretsmanager.ts';
import { conformance } from '../../frame/conformance.ts';

const { target, shows, refuses } = conformance(secretsmanager, startSecretsManager);

const clients: SecretsManagerClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  vi.unstubAllEnvs();
});

type Credentials = { accessKeyId: string; secretAccessKey: string };

/** The vendor's client; without credentials it looks for them by itself. */
function open(credentials: Credentials | undefined = target().accessKey): SecretsManagerClient {
  const { url, region } = target();
  const client = new SecretsManagerClient({ endpoint: url, region, credentials: { ...credentials }, maxAttempts: 1 });
  clients.push(client);
  return client;
}

/** A secret of the test's own. */
async function fresh(value: string): Promise<string> {
  const name = `app/${randomUUID()}`;
  await target().put({ [name]: value });
  return name;
}

const read = (client: SecretsManagerClient, SecretId: string, more: { VersionStage?: string; VersionId?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));
const missing = { name: 'ResourceNotFoundException', $metadata: expect.objectContaining({ httpStatusCode: 400 }) };

shows('read', async () => {
  const client = open();
  const name = await fresh('{"username":"app"}');
  const value = await read(client, name);
  expect(value).toMatchObject({ Name: name, SecretString: '{"username":"app"}', VersionStages: ['AWSCURRENT'] });
  expect(value.ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:app\/[0-9a-f-]{36}-[A-Za-z0-9]{6}$/);
  expect(value.CreatedDate).toBeInstanceOf(Date);
  expect(await read(client, value.ARN ?? '')).toMatchObject({ SecretString: value.SecretString, VersionId: value.VersionId });
});

shows('read-missing', async () => {
  const client = open();
  const name = await fresh('only');
  await expect(read(client, 'app/none-such')).rejects.toMatchObject(missing);
  await expect(read(client, name, { VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject(missing);
  await expect(read(client, name, { VersionId: randomUUID() })).rejects.toMatchObject(missing);
  await expect(client.send(new PutSecretValueCommand({ SecretId: 'app/none-such', SecretString: 'a' }))).rejects.toMatchObject(missing);
});

shows('stages', async () => {
  const client = open();
  const name = await fresh('old');
  const old = await read(client, name);
  await target().put({ [name]: 'new' });
  expect(await read(client, name)).toMatchObject({ SecretString: 'new', VersionStages: ['AWSCURRENT'] });
  const previous = { SecretString: 'old', VersionId: old.VersionId, VersionStages: ['AWSPREVIOUS'] };
  expect(await read(client, name, { VersionStage: 'AWSPREVIOUS' })).toMatchObject(previous);
  await target().put({ [name]: 'newest' });
  expect(await read(client, name, { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'new' });
});

shows('version-id', async () => {
  const client = open();
  const name = await fresh('one');
  const first = await read(client, name);
  const chosen = randomUUID();
  const put = await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'two', ClientRequestToken: chosen }));
  expect(put).toMatchObject({ VersionId: chosen, VersionStages: ['AWSCURRENT'] });
  expect(await read(client, name, { VersionId: chosen })).toMatchObject({ SecretString: 'two', VersionStages: ['AWSCURRENT'] });
  const previous = { SecretString: 'one', VersionStages: ['AWSPREVIOUS'] };
  expect(await read(client, name, { VersionId: first.VersionId ?? '' })).toMatchObject(previous);
});

shows('describe', async () => {
  const client = open();
  const name = await fresh('one');
  const { VersionId: first = '' } = await read(client, name);
  await target().put({ [name]: 'two' });
  const { VersionId: second = '' } = await read(client, name);
  const described = await client.send(new DescribeSecretCommand({ SecretId: name }));
  expect(described).toMatchObject({ Name: name, VersionIdsToStages: { [first]: ['AWSPREVIOUS'], [second]: ['AWSCURRENT'] } });
});

shows('list', async () => {
  const client = open();
  const made = [await fresh('a'), await fresh('b'), await fresh('c')];
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListSecretsCommand({ MaxResults: 2, ...(NextToken === undefined ? {} : { NextToken }) }));
    expect(page.SecretList?.length).toBeLessThanOrEqual(2);
    seen.push(...(page.SecretList ?? []).map(({ Name = '' }) => Name));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(made));
});

shows('create', async () => {
  const client = open();
  const Name = `app/${randomUUID()}`;
  const created = await client.send(new CreateSecretCommand({ Name, SecretString: 'one' }));
  expect(created).toMatchObject({ Name, VersionId: expect.stringMatching(/.{32}/) });
  await expect(client.send(new CreateSecretCommand({ Name, SecretString: 'two' }))).rejects.toMatchObject({
    name: 'ResourceExistsException',
  });
  expect(await read(client, Name)).toMatchObject({ SecretString: 'one', VersionId: created.VersionId });
});

shows('put-token-reused', async () => {
  const client = open();
  const name = await fresh('zero');
  const ClientRequestToken = randomUUID();
  await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'one', ClientRequestToken }));
  await expect(client.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'two', ClientRequestToken }))).rejects.toMatchObject({
    name: 'ResourceExistsException',
  });
  expect(await read(client, name)).toMatchObject({ SecretString: 'one' });
});

shows('put-token-repeated', async () => {
  const client = open();
  const name = await fresh('zero');
  const put = new PutSecretValueCommand({ SecretId: name, SecretString: 'one', ClientRequestToken: randomUUID() });
  const first = await client.send(put);
  expect(await client.send(put)).toMatchObject({ VersionId: first.VersionId });
  expect(await read(client, name, { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'zero' });
});

shows('rotation-by-editing', async () => {
  const { file } = target();
  const client = open();
  const name = await fresh('before');
  expect(await read(client, name)).toMatchObject({ SecretString: 'before' });
  await file?.write({ [name]: 'after' });
  await expect.poll(async () => (await read(client, name)).SecretString).toBe('after');
  expect(await read(client, name, { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'before' });
});

shows('production-client', async () => {
  const { url, region, accessKey } = target();
  const name = await fresh('{"username":"catalog","password":"one"}');
  const env = { SECRETS_PROVIDER: 'aws', AWS_REGION: region, AWS_ENDPOINT_URL_SECRETS_MANAGER: url };
  // The vendor's SDK reads the rest of the environment by itself.
  const own = { ...env, AWS_ACCESS_KEY_ID: accessKey.accessKeyId, AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey };
  for (const [variable, value] of Object.entries(own)) vi.stubEnv(variable, value);
  const secrets = createSecrets({ env, log: createLogger({ level: 'silent', region: 'world' }), clock: systemClock });
  const Login = Type.Object({ username: Type.String(), password: Type.String() });
  try {
    expect(await secrets.json(name, Login)).toEqual({ username: 'catalog', password: 'one' });
    await target().put({ [name]: '{"username":"catalog","password":"two"}' });
    expect(await secrets.json(name, Login)).toMatchObject({ password: 'one' });
    secrets.invalidate(name);
    expect(await secrets.json(name, Login)).toMatchObject({ password: 'two' });
    await expect(secrets.json('app/none-such', Login)).rejects.toThrow('secret app/none-such cannot be read');
  } finally {
    secrets.close();
  }
});

shows('unknown-key', async () => {
  const name = await fresh('value');
  const stranger = open({ ...target().accessKey, accessKeyId: 'AKIDSTRANGER' });
  await expect(read(stranger, name)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
});

shows('wrong-signature', async () => {
  const name = await fresh('value');
  const stranger = open({ ...target().accessKey, secretAccessKey: 'wrong' });
  await expect(read(stranger, name)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
});

shows('container-credentials', async () => {
  const { url, region, credentialsUrl, accessKey } = target();
  const name = await fresh('opened');
  for (const variable of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'])
    vi.stubEnv(variable, undefined);
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', credentialsUrl);
  const inContainer = new SecretsManagerClient({ region, endpoint: url, maxAttempts: 1 });
  clients.push(inContainer);
  expect(await read(inContainer, name)).toMatchObject({ SecretString: 'opened' });
  const credentials = await inContainer.config.credentials();
  expect(credentials).toMatchObject({ ...accessKey, sessionToken: expect.stringMatching(/./) });
  expect(credentials.expiration?.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
});

shows('deletion', async () => {
  const client = open();
  const name = await fresh('doomed');
  await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
  await expect(read(client, name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
refuses('deletion', async () => {
  const client = open();
  const name = await fresh('kept');
  await expect(client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }))).rejects.toMatchObject({
    message: expect.stringContaining('DeleteSecret'),
    $metadata: expect.objectContaining({ httpStatusCode: 400 }),
  });
  expect(await read(client, name)).toMatchObject({ SecretString: 'kept' });
});

const SecretBinary = Uint8Array.of(0, 255, 1);
shows('binary', async () => {
  const client = open();
  const Name = `app/${randomUUID()}`;
  await client.send(new CreateSecretCommand({ Name, SecretBinary }));
  expect((await read(client, Name)).SecretBinary).toEqual(SecretBinary);
});
refuses('binary', async () => {
  const create = new CreateSecretCommand({ Name: `app/${randomUUID()}`, SecretBinary });
  await expect(open().send(create)).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
