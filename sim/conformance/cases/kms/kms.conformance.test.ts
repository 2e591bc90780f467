import { createHash, createHmac, randomUUID } from 'node:crypto';

import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { expect, vi } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { createLogger } from '#platform/log.ts';
import { createSecrets } from '#platform/secrets/index.ts';
import { kms } from '../../behaviours/kms.ts';
import { startKms } from '../../components/kms.ts';
import { conformance } from '../../frame/conformance.ts';
import { call, clientWith, read, type AlibabaClient } from './alibaba-client.ts';

const { target, shows, refuses } = conformance(kms, startKms);

const open = (more: Partial<ReturnType<typeof target>['accessKey']> = {}): AlibabaClient =>
  clientWith(target().url, { ...target().accessKey, ...more });
const Answer = Type.Object({ body: Type.Object({ SecretData: Type.String(), VersionId: Type.String() }) });

shows('read', async () => {
  expect(await read(open(), 'app/database', { VersionStage: 'ACSCurrent' })).toMatchObject({
    statusCode: 200,
    body: {
      SecretName: 'app/database',
      SecretType: 'Generic',
      SecretData: '{"username":"app"}',
      SecretDataType: 'text',
      VersionStages: { VersionStage: ['ACSCurrent'] },
      CreateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/),
    },
  });
});

shows('odd-names', async () => {
  const odd = "odd name!'()*~ 中文";
  await target().file.write({ 'app/database': '{"username":"app"}', [odd]: 'odd' });
  expect(await read(open(), odd)).toMatchObject({ body: { SecretName: odd, SecretData: 'odd' } });
});

shows('stages', async () => {
  const client = open();
  await target().file.write({ 'app/rotated': 'old', 'app/database': '{"username":"app"}' });
  const old = Value.Parse(Answer, await read(client, 'app/rotated')).body;
  expect(old.SecretData).toBe('old');
  await target().file.write({ 'app/rotated': 'new', 'app/database': '{"username":"app"}' });
  expect(await read(client, 'app/rotated')).toMatchObject({ body: { SecretData: 'new' } });
  const previous = { body: { SecretData: 'old', VersionId: old.VersionId, VersionStages: { VersionStage: ['ACSPrevious'] } } };
  expect(await read(client, 'app/rotated', { VersionStage: 'ACSPrevious' })).toMatchObject(previous);
  expect(await read(client, 'app/rotated', { VersionId: old.VersionId })).toMatchObject(previous);
});

shows('missing', async () => {
  const client = open();
  const missing = { code: 'Forbidden.ResourceNotFound', statusCode: 404 };
  await expect(read(client, 'none-such')).rejects.toMatchObject(missing);
  await expect(read(client, 'app/database', { VersionId: 'none-such' })).rejects.toMatchObject(missing);
  await expect(call(client, 'GetSecretValue', {})).rejects.toMatchObject({ code: 'MissingParameter', statusCode: 400 });
});

shows('unknown-key', async () => {
  const stranger = open({ accessKeyId: 'STRANGER' });
  await expect(read(stranger, 'app/database')).rejects.toMatchObject({ code: 'InvalidAccessKeyId.NotFound', statusCode: 404 });
});

shows('wrong-signature', async () => {
  const stranger = open({ secretAccessKey: 'wrong' });
  await expect(read(stranger, 'app/database')).rejects.toMatchObject({ code: 'SignatureDoesNotMatch', statusCode: 400 });
  expect(await send({ after: { 'x-acs-signature-nonce': 'another' } })).toEqual({ status: 400, code: 'SignatureDoesNotMatch' });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A request signed by hand, as https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature says. */
async function send(
  spoil: { headers?: Record<string, string>; form?: string; query?: string; after?: Record<string, string> } = {},
): Promise<{ status: number; code: unknown }> {
  const { url, accessKey } = target();
  const query = spoil.query ?? (spoil.form === undefined ? 'SecretName=app%2Fdatabase' : '');
  const headers: Record<string, string> = {
    host: new URL(url).host,
    'x-acs-action': 'GetSecretValue',
    'x-acs-content-sha256': sha256(spoil.form ?? ''),
    'x-acs-date': isoMinutesAgo(0),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-version': '2016-01-20',
    ...spoil.headers,
  };
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}`);
  const canonical = ['POST', '/', query, ...lines, '', names.join(';'), headers['x-acs-content-sha256']].join('\n');
  const signature = createHmac('sha256', accessKey.secretAccessKey)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const authorization = `ACS3-HMAC-SHA256 Credential=${accessKey.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  const type: Record<string, string> = spoil.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(`${url}/?${query}`, {
    method: 'POST',
    headers: { ...headers, authorization, ...type, ...spoil.after },
    ...(spoil.form === undefined ? {} : { body: spoil.form }),
  });
  const body: unknown = await answer.json();
  return { status: answer.status, code: typeof body === 'object' && body !== null && 'Code' in body ? body.Code : undefined };
}

const isoMinutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+Z/, 'Z');

shows('nonce', async () => {
  const headers = { 'x-acs-signature-nonce': randomUUID() };
  expect(await send({ headers })).toEqual({ status: 200, code: undefined });
  expect(await send({ headers })).toEqual({ status: 400, code: 'SignatureNonceUsed' });
  expect(await send()).toEqual({ status: 200, code: undefined });
});

shows('skew', async () => {
  for (const minutes of [14, -14]) expect((await send({ headers: { 'x-acs-date': isoMinutesAgo(minutes) } })).status).toBe(200);
  for (const minutes of [16, -16]) {
    expect(await send({ headers: { 'x-acs-date': isoMinutesAgo(minutes) } })).toEqual({ status: 400, code: 'InvalidTimeStamp.Expired' });
  }
});

shows('form', async () => {
  expect(await send({ form: 'SecretName=app%2Fdatabase' })).toEqual({ status: 200, code: undefined });
});

shows('production-client', async () => {
  const { url, credentialsUrl, file } = target();
  const env = { SECRETS_PROVIDER: 'alibaba', KMS_ENDPOINT: url, ALIBABA_CLOUD_CREDENTIALS_URI: credentialsUrl };
  for (const name of Object.keys(process.env).filter((variable) => variable.startsWith('ALIBABA_CLOUD_'))) vi.stubEnv(name, undefined);
  const secrets = createSecrets({ env, log: createLogger({ level: 'silent', region: 'china' }), clock: systemClock });
  const Login = Type.Object({ username: Type.String() });
  try {
    expect(await secrets.json('app/database', Login)).toEqual({ username: 'app' });
    await file.write({ 'app/database': '{"username":"rotated"}' });
    secrets.invalidate('app/database');
    expect(await secrets.json('app/database', Login)).toEqual({ username: 'rotated' });
    await expect(secrets.json('none-such', Login)).rejects.toThrow('secret none-such cannot be read');
  } finally {
    secrets.close();
    vi.unstubAllEnvs();
    await file.write({ 'app/database': '{"username":"app"}' });
  }
});

const unknownAction = { code: 'InvalidAction.NotFound', statusCode: 404 };
refuses('encryption', async () => {
  for (const action of ['Encrypt', 'Decrypt', 'GenerateDataKey', 'AsymmetricSign']) {
    await expect(call(open(), action, { KeyId: 'alias/app', Plaintext: 'eA==' }), action).rejects.toMatchObject(unknownAction);
  }
});

refuses('writing-secrets', async () => {
  for (const action of ['CreateSecret', 'PutSecretValue', 'DeleteSecret', 'RotateSecret']) {
    await expect(call(open(), action, { SecretName: 'app/database' }), action).rejects.toMatchObject(unknownAction);
  }
});

refuses('extended-parameters', async () => {
  await expect(read(open(), 'app/database', { DryRun: 'true' })).rejects.toMatchObject({ code: 'InvalidParameter', statusCode: 400 });
});
