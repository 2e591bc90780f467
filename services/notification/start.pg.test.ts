import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { emitEvent } from '#platform/events/events.repository.ts';
import { createPlatform } from '#platform/platform.ts';

import { testPasswords } from '#sim/checks/pg-database.ts';

import { startSmsSink, type SmsSink } from '../testing/sms-sink.ts';
import { chinaEnvironment, secretTexts } from '../testing/deployed.ts';
import { startStandIn, type StandIn } from '../testing/stand-in.ts';
import { directMailExample } from './reports/testing/examples.ts';
import { startNotification } from './start.ts';
import { eventOf, openScene, type Scene } from './testing/scene.ts';

let scene: Scene;
let cloud: StandIn;
let texts: SmsSink;
beforeAll(async () => {
  const secrets = {
    'madeinworld/database/notification': { username: 'notification', password: testPasswords['notification'] },
    'madeinworld/notification/digest-key': { key: randomBytes(32).toString('base64') },
    'madeinworld/notification/webhook': { secret: randomBytes(32).toString('hex') },
  };
  const values = secretTexts(secrets);
  const approved = { SMS_1: '您的订单${number}已付款并确认，发货后我们会再通知您。' };
  const queues = ['madeinworld-sync', 'madeinworld-reports'].flatMap((name) => ['--queue', name]);
  const starting = startStandIn('china-cloud', values, (secretsFile) => [
    '--secrets-file',
    secretsFile,
    '--sweep-interval',
    '0',
    ...queues,
  ]);
  [scene, cloud, texts] = await Promise.all([openScene(), starting, startSmsSink(approved)]);
});
afterAll(async () => {
  await Promise.all([cloud.stop(), texts.stop()]);
  await scene.close();
});

it('starts with what its environment and its secrets say, tells what was left behind, and ends when it is drained', async () => {
  const { email, orderId } = await scene.buyer();
  const phone = '+8613912345678';
  const byPhone = await scene.buyer({ email: null, phone, language: 'zh' });
  const orders = await scene.region.open<Record<string, never>>('orders');
  await orders.db.transaction().execute((trx) => emitEvent(trx, 'madeinworld.order.confirmed.v1', orderId));
  await orders.db.transaction().execute((trx) => emitEvent(trx, 'madeinworld.order.confirmed.v1', byPhone.orderId));
  const platform = createPlatform({
    ...chinaEnvironment(scene.region.urls.url, cloud),
    AUTH_URL: 'http://127.0.0.1:1',
    MAIL_URL: scene.sink.url,
    MAIL_FROM: 'no-reply@madeinworld.example',
    EVENT_QUEUE_NAME: 'madeinworld-sync',
    REPORT_QUEUE_NAME: 'madeinworld-reports',
    QUEUE_PROVIDER: 'mns',
    MNS_ENDPOINT: cloud.urlOf('china:queue'),
    SMS_PROVIDER: 'dysms',
    SMS_COUNTRIES: '86',
    SMS_SIGN_NAME: 'madeinworld',
    SMS_TEMPLATES: '{"order-confirmed.zh":"SMS_1"}',
    DYSMS_ENDPOINT: texts.environment['DYSMS_ENDPOINT'],
  });
  const running = await startNotification(platform);
  expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${running.url}/v1/notifications`)).status).toBe(401);
  await expect.poll(async () => (await scene.sink.mailsTo(email)).length, { timeout: 20_000 }).toBe(1);
  await expect.poll(async () => (await scene.noticesOf(orderId)).map(({ state }) => state)).toEqual(['sent']);
  await expect.poll(async () => (await texts.textsTo(phone)).length, { timeout: 20_000 }).toBe(1);
  const states = async () => (await scene.noticesOf(byPhone.orderId)).map(({ state }) => state).toSorted();
  await expect.poll(states, { timeout: 20_000 }).toEqual(['sent', 'suppressed']);
  // A notice is counted after it is written down.
  const metrics = async () => (await fetch(`${running.url}/metrics`)).text();
  const counted = 'madeinworld_notices_total{template="order-confirmed",state="sent",service="notification"} 2';
  await expect.poll(metrics, { timeout: 20_000 }).toContain(counted);
  // What the vendor tells of an address stops the next mail to it.
  const bounced = await scene.buyer();
  await (await platform.queue('reports')).send([JSON.stringify(directMailExample({ rcpt: bounced.email }))]);
  const told = 'madeinworld_delivery_reports_total{outcome="suppressed",service="notification"} 1';
  await expect.poll(metrics, { timeout: 20_000 }).toContain(told);
  await (await platform.queue('events')).send([JSON.stringify(eventOf('madeinworld.order.confirmed.v1', bounced.orderId))]);
  await expect
    .poll(async () => (await scene.noticesOf(bounced.orderId)).map(({ state }) => state), { timeout: 20_000 })
    .toEqual(['suppressed']);
  await running.drain();
  await platform.close();
  await expect(fetch(`${running.url}/livez`)).rejects.toThrow();
});
