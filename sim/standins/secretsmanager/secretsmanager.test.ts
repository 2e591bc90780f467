import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeServer, listenOnLoopback } from '../child.ts';
import { openSecretsFile } from '../secrets-file/secrets-file.ts';
import { temporarySecrets, TEST_KEY, type TemporarySecrets } from '../secrets-file/temporary-file.ts';
import { createSecretsManager } from './server.ts';

let file: TemporarySecrets;
let url: string;
let nowMs: () => number;
let close: () => Promise<void>;
let client: SecretsManagerClient;

beforeEach(async () => {
  file = await temporarySecrets({ 'app/database': '{"username":"app"}', 'app/pepper': 'pepper' });
  nowMs = Date.now;
  const secrets = openSecretsFile({ path: file.path, nowMs: Date.now, onUnreadable: (reason) => expect.fail(reason) });
  const server = createSecretsManager({
    secrets,
    region: 'eu-west-1',
    nowMs: () => nowMs(),
    onFault: (fault) => expect.fail(String(fault)),
  });
  url = await listenOnLoopback(server, 0);
  client = clientWith(TEST_KEY);
  close = async () => {
    client.destroy();
    await closeServer(server);
  };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await close();
  await file.remove();
});

function clientWith(credentials: { accessKeyId: string; secretAccessKey: string }): SecretsManagerClient {
  return new SecretsManagerClient({ region: 'eu-west-1', endpoint: url, credentials: { ...credentials }, maxAttempts: 1 });
}

describe("AWS's own client", () => {
  it('reads a secret by name and by ARN', async () => {
    const value = await client.send(new GetSecretValueCommand({ SecretId: 'app/database' }));
    expect(value).toMatchObject({ Name: 'app/database', SecretString: '{"username":"app"}', VersionStages: ['AWSCURRENT'] });
    expect(value.ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:app\/database-[a-z0-9]{6}$/);
    expect(await client.send(new GetSecretValueCommand({ SecretId: value.ARN }))).toMatchObject({ SecretString: value.SecretString });
  });

  it('reads both stages after a rotation, and a version by its id', async () => {
    const old = await client.send(new GetSecretValueCommand({ SecretId: 'app/pepper' }));
    await file.write({ 'app/pepper': 'rotated' });
    expect(await client.send(new GetSecretValueCommand({ SecretId: 'app/pepper' }))).toMatchObject({ SecretString: 'rotated' });
    const previous = { VersionId: old.VersionId, SecretString: 'pepper', VersionStages: ['AWSPREVIOUS'] };
    expect(await client.send(new GetSecretValueCommand({ SecretId: 'app/pepper', VersionStage: 'AWSPREVIOUS' }))).toMatchObject(previous);
    expect(await client.send(new GetSecretValueCommand({ SecretId: 'app/pepper', VersionId: old.VersionId }))).toMatchObject(previous);
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app/pepper' }));
    expect(Object.values(described.VersionIdsToStages ?? {})).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
  });

  it('lists page by page', async () => {
    const first = await client.send(new ListSecretsCommand({ MaxResults: 1 }));
    expect(first.SecretList?.map((secret) => secret.Name)).toEqual(['app/database']);
    const second = await client.send(new ListSecretsCommand({ MaxResults: 1, NextToken: first.NextToken }));
    expect(second.SecretList?.map((secret) => secret.Name)).toEqual(['app/pepper']);
    expect(second.NextToken).toBeUndefined();
  });

  it('creates and puts', async () => {
    await client.send(new CreateSecretCommand({ Name: 'app/new', SecretString: 'one' }));
    await expect(client.send(new CreateSecretCommand({ Name: 'app/new', SecretString: 'two' }))).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
    const put = await client.send(new PutSecretValueCommand({ SecretId: 'app/new', SecretString: 'two' }));
    const current = await client.send(new GetSecretValueCommand({ SecretId: 'app/new' }));
    expect(current).toMatchObject({ SecretString: 'two', VersionId: put.VersionId });
    const again = { SecretId: 'app/new', SecretString: 'three', ClientRequestToken: put.VersionId };
    await expect(client.send(new PutSecretValueCommand(again))).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('is told of what is not there', async () => {
    const missing = { name: 'ResourceNotFoundException', $metadata: expect.objectContaining({ httpStatusCode: 400 }) };
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toMatchObject(missing);
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'app/pepper', VersionStage: 'AWSPREVIOUS' }))).rejects.toMatchObject(
      missing,
    );
    await expect(client.send(new PutSecretValueCommand({ SecretId: 'none', SecretString: 'a' }))).rejects.toMatchObject(missing);
    await expect(
      client.send(new PutSecretValueCommand({ SecretId: 'app/pepper', SecretString: 'a', VersionStages: ['OTHER'] })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it.each([
    ['an unknown key', { accessKeyId: 'STRANGER', secretAccessKey: 'a' }, 'UnrecognizedClientException'],
    ['a wrong key', { ...TEST_KEY, secretAccessKey: 'wrong' }, 'InvalidSignatureException'],
  ])('with %s is refused', async (_, credentials, name) => {
    const stranger = clientWith(credentials);
    await expect(stranger.send(new GetSecretValueCommand({ SecretId: 'app/pepper' }))).rejects.toMatchObject({ name });
    stranger.destroy();
  });

  it('whose clock is six minutes off is refused', async () => {
    nowMs = () => Date.now() + 6 * 60_000;
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'app/pepper' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('finds its credentials by itself, as in a container', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'])
      vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/credentials`);
    const inContainer = new SecretsManagerClient({ region: 'eu-west-1', endpoint: url, maxAttempts: 1 });
    expect(await inContainer.send(new GetSecretValueCommand({ SecretId: 'app/pepper' }))).toMatchObject({ SecretString: 'pepper' });
    const credentials = await inContainer.config.credentials();
    expect(credentials).toMatchObject({ ...TEST_KEY, sessionToken: expect.stringMatching(/./) });
    expect(credentials.expiration?.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
    inContainer.destroy();
  });
});

describe('requests made by hand', () => {
  const post = async (headers: Record<string, string>): Promise<unknown> =>
    (await fetch(url, { method: 'POST', headers, body: '{}' })).json();

  it.each([
    ['no signature', {}, 'MissingAuthenticationTokenException'],
    ['an unreadable one', { authorization: 'AWS4-HMAC-SHA256 nonsense' }, 'IncompleteSignatureException'],
  ])('with %s are refused', async (_, headers, type) => {
    expect(await post({ 'x-amz-target': 'secretsmanager.ListSecrets', ...headers })).toMatchObject({ __type: type });
  });
});
