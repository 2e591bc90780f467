/**
 * Goal: a mail server or a vendor that takes messages and never says what became of them costs each of them its time, and stops neither the consumer, nor a sweep, nor
 * who tries a notice again. Planted once each: no deadline for mails, none for text messages, a text message that is taken for certainly not sent, a sweep that goes on,
 * a retry without a door.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { createMailer, type Mailer } from '#platform/mail.ts';

import { RETRIES_AT_ONCE } from '../notices/routes.ts';
import { eventOf, messageOf, openScene, type Scene } from '../testing/scene.ts';
import { type HandleDeps, handleEvents } from './handle.ts';
import { createSweep } from './sweep.ts';

const confirmed = 'madeinworld.order.confirmed.v1';
const DEADLINE_MS = 300;
const never = new AbortController().signal;

let server: Server;
let hanging: Mailer;
let scene: Scene;
const sockets = new Set<Socket>();
/** Set while the server is to hang: it speaks all the time, so that no time limit for silence ends it. */
let dripping: NodeJS.Timeout;

beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', () => undefined);
    socket.write('220 hello\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  dripping = setInterval(() => {
    for (const socket of sockets) socket.write('250-still here\r\n');
  }, 20);
  const address = server.address();
  hanging = await createMailer({
    url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    from: 'no-reply@madeinworld.example',
  });
  scene = await openScene({ mailer: hanging, deadlineMs: DEADLINE_MS });
});
beforeEach(() => {
  scene.vendor.refuses = undefined;
});
afterAll(async () => {
  clearInterval(dripping);
  hanging.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  await scene.close();
});

const handle = (messages: readonly ReturnType<typeof messageOf>[], deps: Partial<HandleDeps> = {}) =>
  handleEvents({ ...scene.deps, ...deps }, messages, never);
const bought = async () => scene.buyer();

it('what it does not take in time comes again, and who is to be told by text message is told', async () => {
  const phone = `+86139${randomInt(1e7, 1e8)}`;
  const byPhone = await scene.buyer({ email: null, phone });
  const orders = await Promise.all(Array.from({ length: 9 }, bought));
  const mails = orders.map(({ orderId }) => messageOf(eventOf(confirmed, orderId)));
  const text = messageOf(eventOf(confirmed, byPhone.orderId));
  const { done, pauses, failure } = await handle([...mails, text]);
  expect([done, failure]).toEqual([[text.id], undefined]);
  expect([...pauses.keys()].toSorted()).toEqual(mails.map(({ id }) => id).toSorted());
  expect(scene.vendor.taken.map(({ to }) => to)).toContain(phone);
  for (const { orderId } of orders)
    expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'failed', attempts: 1, error_code: 'deadline_passed' }]);
});

it('a vendor that never answers may have the message: it is tried once more, and left to a person then', async () => {
  const { orderId } = await scene.buyer({ email: null, phone: `+86139${randomInt(1e7, 1e8)}` });
  const message = messageOf(eventOf(confirmed, orderId));
  const sms = { send: () => new Promise<never>(() => undefined) };
  await expect.poll(async () => (await handle([message], { sms })).done, { timeout: 10_000 }).toEqual([message.id]);
  const notices = await scene.noticesOf(orderId);
  expect(notices.find((notice) => notice['channel'] === 'sms')).toMatchObject({
    state: 'dead',
    attempts: 2,
    error_code: 'sms_deadline_passed',
  });
});

it('a sweep leaves the rest to the next one when nothing is taken', async () => {
  await scene.superuser.query('DELETE FROM notification.notice');
  const orders = await Promise.all(Array.from({ length: 40 }, bought));
  await scene.superuser.query(
    `INSERT INTO notification.notice (id, event_id, event_type, subject_id, channel, template)
     SELECT gen_random_uuid(), gen_random_uuid(), $1, id, 'email', 'order-confirmed' FROM unnest($2::text[]) id`,
    [confirmed, orders.map(({ orderId }) => orderId)],
  );
  const tried = async (): Promise<unknown[]> =>
    (await scene.superuser.query('SELECT attempts FROM notification.notice WHERE attempts > 0')).rows;
  const sweep = createSweep({ ...scene.deps, publisher: { sweep: async () => 0 }, signal: never });
  await sweep();
  const first = (await tried()).length;
  expect(first).toBeGreaterThan(5);
  expect(first).toBeLessThan(20);
  await sweep();
  expect((await tried()).length).toBeGreaterThan(first);
});

it('who tries a notice again is answered in time, and beyond a few at a time at once', async () => {
  const urls = await Promise.all(
    Array.from({ length: RETRIES_AT_ONCE + 3 }, async () => {
      const { orderId } = await bought();
      await handle([messageOf(eventOf(confirmed, orderId), 10)]);
      const [notice] = await scene.noticesOf(orderId);
      expect(notice).toMatchObject({ state: 'dead' });
      return `/v1/notifications/${String(notice?.['id'])}/retry`;
    }),
  );
  const answers = await Promise.all(urls.map((url) => scene.call('POST', url, { as: 'admin', idempotencyKey: randomUUID() })));
  const by = (status: number) => answers.filter((answer) => answer.status === status);
  expect(by(200).map(({ body }) => body)).toMatchObject(
    Array.from({ length: RETRIES_AT_ONCE }, () => ({ state: 'failed', errorCode: 'deadline_passed' })),
  );
  expect(by(503)).toMatchObject(
    Array.from({ length: 3 }, () => ({ headers: { 'retry-after': expect.any(String) }, body: { code: 'unavailable' } })),
  );
});
