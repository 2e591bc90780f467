import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import type Credentials from '@alicloud/credentials';
import type OpenApi from '@alicloud/openapi-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeServer, listenOnLoopback } from '../child.ts';
import { openSecretsFile } from '../secrets-file/secrets-file.ts';
import { temporarySecrets, TEST_KEY, type TemporarySecrets } from '../secrets-file/temporary-file.ts';
import { createKms } from './server.ts';

// Both are CommonJS with a default export of their own, which importers see differently; `require` shows it as it is.
const require = createRequire(import.meta.url);
const { default: OpenApiClient, $OpenApiUtil }: typeof OpenApi = require('@alicloud/openapi-core');
const { default: Credential, Config }: typeof Credentials = require('@alicloud/credentials');

let file: TemporarySecrets;
let url: string;
let close: () => Promise<void>;

beforeEach(async () => {
  file = await temporarySecrets({ 'app/database': '{"username":"app"}', "odd name!'()*~": 'odd' });
  const secrets = openSecretsFile({ path: file.path, nowMs: Date.now, onUnreadable: (reason) => expect.fail(reason) });
  const server = createKms({ secrets, nowMs: Date.now, onFault: (fault) => expect.fail(String(fault)) });
  url = await listenOnLoopback(server, 0);
  close = () => closeServer(server);
});
afterEach(async () => {
  await close();
  await file.remove();
});

const params = new $OpenApiUtil.Params({
  action: 'GetSecretValue',
  version: '2016-01-20',
  protocol: 'HTTPS',
  pathname: '/',
  method: 'POST',
  authType: 'AK',
  style: 'RPC',
  reqBodyType: 'formData',
  bodyType: 'json',
});

function clientWith(key: { accessKeyId: string; accessKeySecret: string; securityToken?: string }): InstanceType<typeof OpenApiClient> {
  return new OpenApiClient(new $OpenApiUtil.Config({ ...key, endpoint: new URL(url).host, protocol: 'http' }));
}

function read(client: InstanceType<typeof OpenApiClient>, query: Record<string, string>): Promise<unknown> {
  return client.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), { toMap: () => ({}) });
}

const key = { accessKeyId: TEST_KEY.accessKeyId, accessKeySecret: TEST_KEY.secretAccessKey };

describe("Alibaba's own client", () => {
  it('reads a secret', async () => {
    expect(await read(clientWith(key), { SecretName: 'app/database', VersionStage: 'ACSCurrent' })).toMatchObject({
      statusCode: 200,
      body: {
        SecretName: 'app/database',
        SecretType: 'Generic',
        SecretData: '{"username":"app"}',
        SecretDataType: 'text',
        VersionStages: { VersionStage: ['ACSCurrent'] },
      },
    });
  });

  it('reads a name with every character that encoders disagree about', async () => {
    expect(await read(clientWith(key), { SecretName: "odd name!'()*~" })).toMatchObject({ body: { SecretData: 'odd' } });
  });

  it('reads both stages after a rotation, and a version by its id', async () => {
    const client = clientWith(key);
    expect(await read(client, { SecretName: 'app/database' })).toMatchObject({ body: { SecretData: '{"username":"app"}' } });
    await file.write({ 'app/database': '{"username":"app2"}' });
    expect(await read(client, { SecretName: 'app/database' })).toMatchObject({ body: { SecretData: '{"username":"app2"}' } });
    const previous = await read(client, { SecretName: 'app/database', VersionStage: 'ACSPrevious' });
    expect(previous).toMatchObject({ body: { SecretData: '{"username":"app"}', VersionStages: { VersionStage: ['ACSPrevious'] } } });
    await expect(read(client, { SecretName: 'app/database', VersionId: 'none-such' })).rejects.toMatchObject({ statusCode: 404 });
  });

  it.each([
    ['an unknown secret', key, 'none-such', 'Forbidden.ResourceNotFound', 404],
    ['an unknown key', { ...key, accessKeyId: 'STRANGER' }, 'app/database', 'InvalidAccessKeyId.NotFound', 404],
    ['a wrong key', { ...key, accessKeySecret: 'wrong' }, 'app/database', 'SignatureDoesNotMatch', 400],
  ])('%s is refused', async (_, wrongKey, name, code, statusCode) => {
    await expect(read(clientWith(wrongKey), { SecretName: name })).rejects.toMatchObject({ code, statusCode });
  });

  it('reads with the credentials that the URI hands out', async () => {
    const credential = new Credential(new Config({ type: 'credentials_uri', credentialsURI: `${url}/credentials` }));
    const session = await credential.getCredential();
    expect(session.accessKeyId).toBe(TEST_KEY.accessKeyId);
    const client = new OpenApiClient(new $OpenApiUtil.Config({ credential, endpoint: new URL(url).host, protocol: 'http' }));
    expect(await read(client, { SecretName: 'app/database' })).toMatchObject({ statusCode: 200 });
  });
});

/** A request signed by hand, apart from the verifier's code, so that each part of it can be spoilt. */
async function send(
  spoil: { headers?: Record<string, string>; body?: string; target?: string; after?: Record<string, string> } = {},
): Promise<{ status: number; code: unknown }> {
  const target = spoil.target ?? '/?SecretName=app%2Fdatabase';
  const headers: Record<string, string> = {
    host: new URL(url).host,
    'x-acs-action': 'GetSecretValue',
    'x-acs-content-sha256': createHash('sha256').update('').digest('hex'),
    'x-acs-date': new Date().toISOString().replace(/\.\d+Z/, 'Z'),
    'x-acs-signature-nonce': crypto.randomUUID(),
    'x-acs-version': '2016-01-20',
    ...spoil.headers,
  };
  const names = Object.keys(headers).sort();
  const [path, query = ''] = target.split('?');
  const canonical = [
    'POST',
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-acs-content-sha256'],
  ].join('\n');
  const toSign = `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`;
  const signature = createHmac('sha256', TEST_KEY.secretAccessKey).update(toSign).digest('hex');
  headers['authorization'] = `ACS3-HMAC-SHA256 Credential=${TEST_KEY.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  const answer = await fetch(url + target, {
    method: 'POST',
    headers: { ...headers, ...spoil.after },
    ...(spoil.body ? { body: spoil.body } : {}),
  });
  const body: unknown = await answer.json();
  for (const name of ['RequestId', ...(answer.ok ? [] : ['Message', 'HostId'])]) expect(body).toHaveProperty(name);
  return { status: answer.status, code: typeof body === 'object' && body !== null && 'Code' in body ? body.Code : undefined };
}

const isoMinutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+Z/, 'Z');

describe('the signature check', () => {
  it('takes a good request once and its replay never', async () => {
    const headers = { 'x-acs-signature-nonce': 'only-once' };
    expect(await send({ headers })).toEqual({ status: 200, code: undefined });
    expect(await send({ headers })).toEqual({ status: 400, code: 'SignatureNonceUsed' });
  });

  it.each([
    ['a body that is not the one hashed', { body: 'SecretName=other' }, 'SignatureDoesNotMatch'],
    ['a date 16 minutes ago', { headers: { 'x-acs-date': isoMinutesAgo(16) } }, 'InvalidTimeStamp.Expired'],
    ['a date 16 minutes ahead', { headers: { 'x-acs-date': isoMinutesAgo(-16) } }, 'InvalidTimeStamp.Expired'],
    ['a date of another format', { headers: { 'x-acs-date': 'yesterday' } }, 'InvalidTimeStamp.Format'],
    ['a header changed after signing', { after: { 'x-acs-signature-nonce': 'another' } }, 'SignatureDoesNotMatch'],
    ['no readable signature', { after: { authorization: 'ACS3-HMAC-SHA256 Credential=a' } }, 'IncompleteSignature'],
    ['no secret name', { target: '/' }, 'MissingParameter'],
    ['a parameter unknown here', { target: '/?DryRun=true&SecretName=app%2Fdatabase' }, 'InvalidParameter'],
  ])('%s is refused', async (_, spoil, code) => {
    expect(await send(spoil)).toEqual({ status: 400, code });
  });

  it('another action is not found', async () => {
    expect(await send({ headers: { 'x-acs-action': 'DeleteSecret' } })).toEqual({ status: 404, code: 'InvalidAction.NotFound' });
  });

  it('14 minutes of skew pass', async () => {
    expect((await send({ headers: { 'x-acs-date': isoMinutesAgo(14) } })).status).toBe(200);
  });
});
