import { expect } from 'vitest';

import { alibabaCredentials as openProduction } from '#platform/alibaba-credentials.ts';
import { alibabaCredentials } from '../../behaviours/kms.ts';
import { startKms } from '../../components/kms.ts';
import { conformance } from '../../frame/conformance.ts';
import { clientOf, clientWith, credentialsAt, read } from '../kms/alibaba-client.ts';

const { target, shows } = conformance(alibabaCredentials, startKms);
const secrets = { 'app/database': '{"username":"app"}' };

shows('uri', async () => {
  const { accessKey, credentialsUrl } = target();
  expect(await credentialsAt(credentialsUrl).getCredential()).toMatchObject({
    accessKeyId: accessKey.accessKeyId,
    accessKeySecret: accessKey.secretAccessKey,
    securityToken: expect.stringMatching(/./),
  });
});

shows('expiry', async () => {
  const answer: unknown = await (await fetch(target().credentialsUrl)).json();
  expect(answer).toMatchObject({ Code: 'Success', Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) });
  const expiration = typeof answer === 'object' && answer !== null && 'Expiration' in answer ? String(answer.Expiration) : '';
  const minutes = (Date.parse(expiration) - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(55);
  expect(minutes).toBeLessThanOrEqual(60);
});

shows('open-kms', async () => {
  const { url, credentialsUrl } = target();
  const client = clientOf(url, credentialsAt(credentialsUrl));
  expect(await read(client, 'app/database')).toMatchObject({ statusCode: 200, body: { SecretData: secrets['app/database'] } });
});

shows('key-rotation', async () => {
  const { url, credentialsUrl, accessKey, file } = target();
  const rotated = { accessKeyId: 'AKIDROTATED', secretAccessKey: 'rotated/secret' };
  await file.write(secrets, rotated);
  try {
    await expect.poll(async () => (await credentialsAt(credentialsUrl).getCredential()).accessKeyId).toBe(rotated.accessKeyId);
    for (const key of [rotated, accessKey]) expect(await read(clientWith(url, key), 'app/database')).toMatchObject({ statusCode: 200 });
    const stranger = { ...rotated, accessKeyId: 'AKIDSTRANGER' };
    await expect(read(clientWith(url, stranger), 'app/database')).rejects.toMatchObject({ code: 'InvalidAccessKeyId.NotFound' });
  } finally {
    await file.write(secrets);
  }
});

shows('production-client', async () => {
  const credentials = openProduction(target().credentialsUrl);
  const answers = await Promise.all([credentials(), credentials(), credentials()]);
  expect(answers[0]).toMatchObject({ accessKeyId: target().accessKey.accessKeyId, securityToken: expect.stringMatching(/./) });
  // The same object: one read for all of them.
  expect(answers[1]).toBe(answers[0]);
  expect(answers[2]).toBe(answers[0]);
});
