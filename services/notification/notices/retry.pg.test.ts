import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { handleEvents } from '../consume/handle.ts';
import { eventOf, messageOf, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

/** A notice that is dead, of somebody whom nothing was sent. */
async function deadNotice(): Promise<{ email: string; url: string }> {
  const { email, orderId } = await scene.buyer();
  const broken = { ...scene.deps, mailer: { send: async () => Promise.reject(new Error('no')) } };
  await handleEvents(broken, [messageOf(eventOf('madeinworld.order.confirmed.v1', orderId), 10)], new AbortController().signal);
  const [notice] = await scene.noticesOf(orderId);
  expect(notice).toMatchObject({ state: 'dead' });
  return { email, url: `/v1/notifications/${String(notice?.['id'])}/retry` };
}
const retry = (url: string, idempotencyKey: string) => scene.call('POST', url, { as: 'admin', idempotencyKey });

it('a notice is tried again once for a key, and answered as it is', async () => {
  const { email, url } = await deadNotice();
  const key = randomUUID();
  const first = await retry(url, key);
  expect(first).toMatchObject({ status: 200, body: { state: 'sent' } });
  const again = await retry(url, key);
  expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([200, 'true', first.body]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  expect(await retry(url, randomUUID())).toMatchObject({ status: 409, body: { code: 'state_conflict' } });
});

it('a key is of one notice', async () => {
  const [one, other] = [await deadNotice(), await deadNotice()];
  const key = randomUUID();
  expect((await retry(one.url, key)).status).toBe(200);
  expect(await retry(other.url, key)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  expect(await scene.sink.mailsTo(other.email)).toEqual([]);
  expect(await scene.call('POST', other.url, { as: 'admin' })).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
});

it('who asks while it is sent is told to come again, and it is sent once', async () => {
  const { email, url } = await deadNotice();
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 5 }, () => retry(url, key)));
  expect(answers.map(({ status }) => status).every((status) => status === 200 || status === 409)).toBe(true);
  for (const { status, body } of answers) if (status === 409) expect(body).toMatchObject({ code: 'request_in_flight' });
  expect((await retry(url, key)).headers['idempotency-replayed']).toBe('true');
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
});

it('who is erased leaves no key', async () => {
  const { url } = await deadNotice();
  const keys = async (scope: string): Promise<number> =>
    (await scene.superuser.query('SELECT FROM notification.idempotency_key WHERE scope = $1', [scope])).rows.length;
  await retry(url, randomUUID());
  const { rows } = await scene.superuser.query<{ scope: string }>('SELECT DISTINCT scope FROM notification.idempotency_key');
  const [{ scope } = { scope: '' }] = rows;
  await scene.superuser.query('SELECT notification.erase($1)', [randomUUID()]);
  expect(await keys(scope)).toBeGreaterThan(0);
  await scene.superuser.query('SELECT notification.erase($1)', [scope]);
  expect(await keys(scope)).toBe(0);
});

it('nothing of whom it is about is kept with the key', async () => {
  const { url } = await deadNotice();
  await retry(url, randomUUID());
  const { rows } = await scene.superuser.query('SELECT DISTINCT response FROM notification.idempotency_key');
  expect(rows).toEqual([{ response: null }]);
});
