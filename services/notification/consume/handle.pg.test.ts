import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createMailer } from '#platform/mail.ts';
import { currentOrigin, type Origin } from '#platform/origin.ts';

import { recordBounce } from '../suppressions/service.ts';
import { eventOf, messageOf, openScene, PLANTED_NAME, type Scene } from '../testing/scene.ts';
import { type HandleDeps, handleEvents } from './handle.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const never = new AbortController().signal;
const handle = (messages: readonly ReturnType<typeof messageOf>[], deps: Partial<HandleDeps> = {}) =>
  handleEvents({ ...scene.deps, ...deps }, messages, never);

it('tells an event once, however often it comes, in the words of its reader', async () => {
  const { email, orderId, accountId } = await scene.buyer({ language: 'zh' });
  const event = eventOf('madeinworld.order.confirmed.v1', orderId);
  const twice = [messageOf(event), messageOf(event)];
  const [one, other] = await Promise.all([handle(twice), handle([messageOf(event)])]);
  // Whoever came second does not wait for the first: its message comes again, and finds it sent.
  expect(one.done.length + one.pauses.size + other.done.length + other.pauses.size).toBe(3);
  const last = messageOf(event, 3);
  expect(await handle([last])).toMatchObject({ done: [last.id], kept: [], failure: undefined });
  const mails = await scene.sink.mailsTo(email);
  expect(mails.map(({ subject }) => subject)).toEqual(['订单 W-2026-100001 已确认']);
  expect(mails[0]?.text).toContain(`${PLANTED_NAME}，您好：`);
  expect(mails[0]?.text).toContain('1 × Teapot: €34.90');
  expect(await scene.noticesOf(orderId)).toMatchObject([
    {
      state: 'sent',
      attempts: 1,
      account_id: accountId,
      language: 'zh',
      template: 'order-confirmed',
      channel: 'email',
      event_id: event.id,
    },
  ]);
});

it('tells of each shipment what is in it and how to follow it, whichever was told of last', async () => {
  const shipments = [
    { carrier: 'Post', trackingCode: 'TRACK-1', shippedAt: '2026-03-01T09:00:00.000001Z', lines: [{ name: 'Teapot', quantity: 1 }] },
    { carrier: null, trackingCode: 'TRACK-2', shippedAt: '2026-03-01T09:00:00.000004Z', lines: [{ name: 'Tea & honey', quantity: 2 }] },
  ];
  const { email, orderId } = await scene.buyer({}, { shipments });
  const shippedAt = (time: string) => messageOf({ ...eventOf('madeinworld.order.shipped.v1', orderId), time });
  for (const time of ['2026-03-01T09:00:00.000005Z', '2026-03-01T09:00:00.000003Z']) await handle([shippedAt(time)]);
  const mails = await scene.sink.mailsTo(email);
  expect(mails.map(({ subject }) => subject)).toEqual(Array(2).fill('A part of your order W-2026-100001 is on its way'));
  const said = mails.map(({ text }) => text.slice(text.indexOf('is on its way.')));
  expect(said.toSorted()).toEqual([
    'is on its way.\n\nCarrier: Post\n\nTracking code: TRACK-1\n\n- 1 × Teapot\n\nmadeinworld\n\n',
    'is on its way.\n\nTracking code: TRACK-2\n\n- 2 × Tea & honey\n\nmadeinworld\n\n',
  ]);
});

it('tells of an order that is shipped as a whole what it is and costs, also where an event does not say when', async () => {
  const { email, orderId } = await scene.buyer();
  await handle([messageOf({ ...eventOf('madeinworld.order.shipped.v1', orderId), time: 'just now' })]);
  const [mail] = await scene.sink.mailsTo(email);
  expect(mail?.subject).toBe('Your order W-2026-100001 is on its way');
  expect(mail?.text).toContain('Tracking code: RR123456785');
  expect(mail?.text).toContain('Total: €51.60');
});

it('says of a return that money goes back where it does: of each what it gives back', async () => {
  const returns = [
    { amountMinor: 0, acceptedAt: '2026-03-01T09:00:00.000001Z' },
    { amountMinor: 590, acceptedAt: '2026-03-01T09:00:00.000004Z' },
  ];
  const returnedAt = (orderId: string, time: string) => messageOf({ ...eventOf('madeinworld.return.accepted.v1', orderId), time });
  const { email, orderId } = await scene.buyer({}, { returns });
  for (const time of ['2026-03-01T09:00:00.000005Z', '2026-03-01T09:00:00.000003Z']) await handle([returnedAt(orderId, time)]);
  const mails = await scene.sink.mailsTo(email);
  const said = mails.map(({ text }) => /is accepted\.\n\n(.*)/.exec(text)?.[1]);
  expect(said.toSorted()).toEqual(['What you have paid for it will be given back, and we will write when it is.', 'madeinworld']);
  // The text message has no wording without money.
  const byPhone = await scene.buyer({ email: null, phone: '+447700900123' }, { returns });
  const before = scene.vendor.taken.length;
  await handle([returnedAt(byPhone.orderId, '2026-03-01T09:00:00.000003Z')]);
  expect(scene.vendor.taken).toHaveLength(before);
  await handle([returnedAt(byPhone.orderId, '2026-03-01T09:00:00.000005Z')]);
  expect(scene.vendor.taken).toHaveLength(before + 1);
});

it('acts on an event as a part of the trace that it came of, and says so in each log line', async () => {
  const { orderId } = await scene.buyer();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const correlationid = randomUUID();
  const event = { ...eventOf('madeinworld.order.confirmed.v1', orderId), traceparent: `00-${traceId}-b7ad6b7169203331-01`, correlationid };
  const origins: (Origin | undefined)[] = [];
  const broken = { send: async () => Promise.reject(new Error(String(origins.push(currentOrigin())))) };
  const linesBefore = scene.lines.length;
  const message = messageOf(event);
  expect((await handle([message], { mailer: broken })).pauses.has(message.id)).toBe(true);
  expect(origins).toEqual([
    { traceparent: expect.stringMatching(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`)), correlationId: correlationid },
  ]);
  const ids = { traceId, correlationId: correlationid };
  expect(scene.lines.slice(linesBefore).map((line) => JSON.parse(line))).toMatchObject([
    { ...ids, msg: 'a notice could not be sent; it will be tried again' },
    { ...ids, msg: 'event', eventId: event.id, type: event.type, settled: false },
  ]);
  const [notice] = await scene.noticesOf(orderId);
  expect(JSON.stringify(notice)).not.toMatch(new RegExp(`${traceId}|${correlationid}`));
});

it('sends what could not be sent when the mail server is back, once', async () => {
  const { email, orderId } = await scene.buyer();
  const message = messageOf(eventOf('madeinworld.order.shipped.v1', orderId));
  await scene.sink.stop();
  const first = await handle([message]);
  expect(first.done).toEqual([]);
  expect(first.pauses.get(message.id)).toBeGreaterThan(0);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'failed', attempts: 1, error_code: expect.stringMatching(/^mail_e/) }]);
  await scene.sink.start();
  await expect.poll(async () => (await handle([message])).done).toEqual([message.id]);
  await handle([message]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'sent', error_code: null }]);
});

it('leaves what a dead sender had in its hands until the lease ends, and sends it then', async () => {
  const { email, orderId } = await scene.buyer();
  const message = messageOf(eventOf('madeinworld.order.confirmed.v1', orderId));
  const limits = { ...scene.deps.limits, leaseMs: 1_500 };
  // It hands the mail over, and is never heard of again.
  let handedOver = (): void => undefined;
  const gone = new Promise<void>((resolve) => (handedOver = resolve));
  const dying = {
    async send(mail: Parameters<HandleDeps['mailer']['send']>[0]) {
      await scene.deps.mailer.send(mail);
      handedOver();
      return new Promise<never>(() => undefined);
    },
  };
  void handle([message], { mailer: dying, limits });
  await gone;
  const early = await handle([message]);
  expect(early.pauses.get(message.id)).toBeGreaterThan(0);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'sending' }]);
  await expect.poll(async () => (await handle([message])).done, { timeout: 10_000 }).toEqual([message.id]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(2);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'sent', attempts: 2 }]);
});

it.each([
  ['who has not agreed to marketing', 'madeinworld.order.delivered.v1', {}, {}, 'no_consent'],
  ['a guest', 'madeinworld.order.confirmed.v1', {}, { accountId: null }, 'no_address'],
  ['who has no address', 'madeinworld.order.confirmed.v1', { email: null }, {}, 'no_address'],
  ['who left an order unpaid', 'madeinworld.order.expired.v1', {}, { paymentState: 'none' }, 'nothing_to_tell'],
] as const)('does not tell %s', async (_, type, person, order, reason) => {
  const { email, orderId } = await scene.buyer(person, order);
  const message = messageOf(eventOf(type, orderId));
  expect((await handle([message])).done).toEqual([message.id]);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'suppressed', error_code: reason, sent_at: null }]);
  expect(await scene.sink.mailsTo(email)).toEqual([]);
});

it.each([
  ['madeinworld.order.delivered.v1', { marketing: true }, {}],
  ['madeinworld.order.cancelled.v1', { marketing: false }, {}],
  ['madeinworld.order.short_closed.v1', { marketing: false }, {}],
  ['madeinworld.payment.refunded.v1', { marketing: false }, {}],
  ['madeinworld.payment.duplicate_refunded.v1', { marketing: false }, { paymentState: 'captured' }],
  ['madeinworld.order.expired.v1', {}, { paymentState: 'captured' }],
] as const)('tells of %s whoever it may', async (type, person, order) => {
  const { email, orderId } = await scene.buyer(person, order);
  await handle([messageOf(eventOf(type, orderId))]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
});

it('sends nothing to an address that is suppressed, in whatever case', async () => {
  const { email, orderId } = await scene.buyer();
  await recordBounce(scene.deps, { address: email.toUpperCase(), reason: 'complaint', at: '2026-03-01T09:00:00Z' });
  await handle([messageOf(eventOf('madeinworld.order.confirmed.v1', orderId))]);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'suppressed', error_code: 'address_suppressed' }]);
  expect(await scene.sink.mailsTo(email)).toEqual([]);
  const { rows } = await scene.superuser.query('SELECT s::text FROM notification.suppression s');
  expect(JSON.stringify(rows).toLowerCase()).not.toContain('planted');
});

it('gives up an event that was received ten times, and tries it again when it is told to', async () => {
  const { email, orderId } = await scene.buyer();
  const event = eventOf('madeinworld.order.confirmed.v1', orderId);
  const broken = { send: async () => Promise.reject(Object.assign(new Error(email), { responseCode: 451 })) };
  const ninth = messageOf(event, 9);
  expect((await handle([ninth], { mailer: broken })).pauses.has(ninth.id)).toBe(true);
  const last = messageOf(event, 10);
  await expect.poll(async () => (await handle([last], { mailer: broken })).done).toEqual([last.id]);
  const [notice] = await scene.noticesOf(orderId);
  expect(notice).toMatchObject({ state: 'dead', attempts: 2, error_code: 'smtp_451' });
  const again = messageOf(event, 1);
  expect((await handle([again])).done).toEqual([again.id]);
  expect(await scene.sink.mailsTo(email)).toEqual([]);
  const url = `/v1/notifications/${String(notice?.['id'])}/retry`;
  expect((await scene.call('POST', url, { as: 'support' })).status).toBe(403);
  expect(await scene.call('POST', url, { as: 'admin', idempotencyKey: randomUUID() })).toMatchObject({
    status: 200,
    body: { state: 'sent', attempts: 1 },
  });
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  expect(await scene.call('POST', url, { as: 'admin', idempotencyKey: randomUUID() })).toMatchObject({
    status: 409,
    body: { code: 'state_conflict' },
  });
});

it('buries what killed its readers before it could fail, without another try', async () => {
  const { email, orderId } = await scene.buyer();
  const message = messageOf(eventOf('madeinworld.order.confirmed.v1', orderId), 11);
  expect((await handle([message])).done).toEqual([message.id]);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'dead', attempts: 0, error_code: 'too_many_receives' }]);
  expect(await scene.sink.mailsTo(email)).toEqual([]);
});

it('drops what is no event of ours, and keeps no more of it than its type', async () => {
  const { orderId, email } = await scene.buyer();
  const messages = [
    messageOf(`${PLANTED_NAME} {`),
    messageOf({ ...eventOf('madeinworld.order.placed.v1', randomUUID()), type: 'madeinworld.order.sung.v1', data: PLANTED_NAME }),
    messageOf({ ...eventOf('madeinworld.order.confirmed.v1', PLANTED_NAME) }),
    messageOf(eventOf('madeinworld.order.confirmed.v1', orderId)),
    messageOf(eventOf('madeinworld.stock.low.v1', randomUUID())),
  ];
  expect((await handle(messages)).done.toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
  const { rows } = await scene.superuser.query('SELECT reason, type FROM notification.refused_message ORDER BY reason, type');
  expect(rows).toEqual([
    { reason: 'malformed', type: 'madeinworld.order.confirmed.v1' },
    { reason: 'not_json', type: null },
    { reason: 'unknown_type', type: 'madeinworld.order.sung.v1' },
  ]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
});

it('tries again what another service answers otherwise than agreed, and says so by a code', async () => {
  const { orderId } = await scene.buyer({}, { totalMinor: -1 });
  const message = messageOf(eventOf('madeinworld.order.confirmed.v1', orderId));
  expect((await handle([message])).pauses.has(message.id)).toBe(true);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'failed', error_code: 'source_malformed' }]);
});

it('keeps what it cannot begin, and finishes nothing by halves, while the database is away', async () => {
  const away = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool: new pg.Pool({ host: '127.0.0.1', port: 1 }) }) });
  const { orderId } = await scene.buyer();
  const message = messageOf(eventOf('madeinworld.order.confirmed.v1', orderId));
  const handled = await handle([message, messageOf('{')], { db: away });
  expect(handled.done).toEqual([]);
  expect(handled.kept).toHaveLength(2);
  expect(handled.failure).toBeInstanceOf(Error);
});

it('forgets an account that is erased, and still knows what it was told', async () => {
  const { orderId, accountId, email } = await scene.buyer();
  const event = eventOf('madeinworld.order.confirmed.v1', orderId);
  await handle([messageOf(event)]);
  const users = await scene.region.open('users');
  const { rows } = await users.pool.query('SELECT notification.export_of($1) AS held', [accountId]);
  expect(rows[0].held).toMatchObject({ notices: [{ template: 'order-confirmed', state: 'sent' }] });
  const orders = await scene.region.open('orders');
  await expect(orders.pool.query('SELECT notification.export_of($1)', [accountId])).rejects.toMatchObject({ code: '42501' });
  await handle([messageOf(eventOf('madeinworld.account.erased.v1', accountId))]);
  expect(await scene.noticesOf(orderId)).toMatchObject([{ account_id: null, language: null, state: 'sent' }]);
  await handle([messageOf(event)]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
});

it('shows neither name nor address in a log or a row, even where a mail server quotes them', async () => {
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onRcptTo: ({ address }, _session, callback) => callback(new Error(`${address} ${PLANTED_NAME} is no mailbox of ours`)),
  });
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const mailer = await createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'no-reply@madeinworld.example' });
  const { orderId } = await scene.buyer();
  await handle([messageOf(eventOf('madeinworld.order.confirmed.v1', orderId))], { mailer });
  await handle([messageOf(eventOf('madeinworld.order.confirmed.v1', orderId), 10)], { mailer });
  mailer.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(await scene.noticesOf(orderId)).toMatchObject([{ error_code: 'smtp_550' }, { error_code: 'smtp_550' }]);
  expect(scene.lines.length).toBeGreaterThan(3);
  const { rows } = await scene.superuser.query(`
    SELECT n::text FROM notification.notice n UNION ALL SELECT r::text FROM notification.refused_message r
    UNION ALL SELECT s::text FROM notification.suppression s UNION ALL SELECT o::text FROM events.outbox o`);
  expect(rows.length).toBeGreaterThan(10);
  for (const shown of [...scene.lines, ...rows.map((row) => JSON.stringify(row))]) {
    expect(shown).not.toMatch(/Quillfeather|planted\.example|Teapot/i);
  }
});
