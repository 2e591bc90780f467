/** Goal: the service starts with what its environment and its secrets say, and its mails go to a provider that wants a login. Planted once: a mailer without the login. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createPlatform } from '#platform/platform.ts';
import { testPasswords } from '#sim/checks/pg-database.ts';

import { openRegionDatabase, type RegionDatabase } from '../testing/region-database.ts';
import { chinaEnvironment, secretTexts } from '../testing/deployed.ts';
import { startStandIn, type StandIn } from '../testing/stand-in.ts';
import { startAuth } from './start.ts';
import { signingKey } from './testing/scene.ts';

const login = { username: 'AKIAEXAMPLE', password: 'p@ss/word' };
const mails: string[] = [];
let region: RegionDatabase;
let cloud: StandIn;
let provider: SMTPServer;
let mailUrl: string;

beforeAll(async () => {
  const secrets = {
    'madeinworld/database/auth': { username: 'auth', password: testPasswords['auth'] },
    'madeinworld/auth/signing-keys': { keys: [signingKey('one')] },
    'madeinworld/auth/staff': { admins: [] },
    'madeinworld/auth/pepper': { pepper: randomBytes(32).toString('base64') },
    'madeinworld/mail/login': login,
  };
  const values = secretTexts(secrets);
  provider = new SMTPServer({
    hideSTARTTLS: true,
    onAuth: ({ username, password }, _session, answer) =>
      username === login.username && password === login.password ? answer(null, { user: username }) : answer(new Error('who is that?')),
    onData: (stream, _session, done) => void text(stream).then((mail) => (mails.push(mail), done())),
  });
  const listener = provider.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  mailUrl = `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  [region, cloud] = await Promise.all([openRegionDatabase(), startStandIn('china-cloud', values)]);
});
afterAll(async () => {
  await Promise.all([cloud.stop(), region.close()]);
  await new Promise<void>((resolve) => provider.close(() => resolve()));
});

it('starts, mails a code through a provider that wants a login, and ends when it is drained', async () => {
  const platform = createPlatform({
    ...chinaEnvironment(region.urls.url, cloud),
    MAIL_URL: mailUrl,
    MAIL_FROM: 'no-reply@madeinworld.example',
    MAIL_LOGIN_SECRET: 'madeinworld/mail/login',
  });
  const running = await startAuth(platform);
  expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  const asked = await fetch(`${running.url}/v1/auth/codes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ email: 'ada@example.com' }),
  });
  expect(asked.status).toBe(202);
  expect(mails).toEqual([expect.stringContaining('To: ada@example.com')]);
  await running.drain();
  await platform.close();
  await expect(fetch(`${running.url}/livez`)).rejects.toThrow();
});
