import { randomInt, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { EventType } from '#contracts/events.ts';
import { SmsNotTaken } from '#platform/sms/sms.ts';

import { recordBounce } from '../suppressions/service.ts';
import { eventOf, messageOf, openScene, type Scene } from '../testing/scene.ts';
import { type HandleDeps, handleEvents } from './handle.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
beforeEach(() => {
  scene.vendor.refuses = undefined;
});
afterAll(() => scene.close());

const handle = (messages: readonly ReturnType<typeof messageOf>[], deps: Partial<HandleDeps> = {}) =>
  handleEvents({ ...scene.deps, ...deps }, messages, new AbortController().signal);
const aPhone = (): string => `+86139${randomInt(1e7, 1e8)}`;
const textsTo = (phone: string) => scene.vendor.taken.filter(({ to }) => to === phone);
/** The notices of an order: that by mail, and that by text message. */
async function noticesOf(orderId: string): Promise<{ email: unknown; sms: unknown; count: number }> {
  const rows = await scene.noticesOf(orderId);
  const by = (channel: string): unknown => rows.find((row) => row['channel'] === channel);
  return { email: by('email'), sms: by('sms'), count: rows.length };
}
const toldBySms = expect.objectContaining({ state: 'suppressed', error_code: 'told_by_sms', sent_at: null });
const confirmed = 'madeinworld.order.confirmed.v1';

it('tells who has a telephone alone by text message, once, however often the event comes', async () => {
  const phone = aPhone();
  const { orderId, accountId } = await scene.buyer({ email: null, phone, language: 'zh' });
  const event = eventOf(confirmed, orderId);
  await Promise.all([handle([messageOf(event), messageOf(event)]), handle([messageOf(event)])]);
  await expect.poll(async () => (await handle([messageOf(event, 3)])).done.length).toBe(1);
  expect(textsTo(phone)).toEqual([
    {
      to: phone,
      text: '您的订单W-2026-100001已付款并确认，发货后我们会再通知您。',
      template: 'order-confirmed.zh',
      parameters: { number: 'W-2026-100001' },
    },
  ]);
  expect(await noticesOf(orderId)).toEqual({
    email: toldBySms,
    sms: expect.objectContaining({
      state: 'sent',
      account_id: accountId,
      language: 'zh',
      event_id: event.id,
      provider_message_id: expect.stringMatching(/^text-/),
    }),
    count: 2,
  });
});

it('tells who has both by mail alone', async () => {
  const phone = aPhone();
  const { orderId, email } = await scene.buyer({ phone });
  await handle([messageOf(eventOf(confirmed, orderId))]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  expect(textsTo(phone)).toEqual([]);
  expect(await noticesOf(orderId)).toMatchObject({ email: { state: 'sent' }, sms: undefined, count: 1 });
});

it('tells once who gets a mail address while a sender whose lease has ended goes on', async () => {
  const phone = aPhone();
  const { orderId, accountId, email } = await scene.buyer({ email: null, phone });
  const message = messageOf(eventOf(confirmed, orderId));
  const { secrets, limits } = scene.deps;
  // It has read that there is a telephone alone, and stands still.
  let goOn = (): void => undefined;
  const halted = new Promise<void>((resolve) => (goOn = resolve));
  let hasRead = (): void => undefined;
  const reading = new Promise<void>((resolve) => (hasRead = resolve));
  const digestKey = async (): Promise<Buffer> => {
    hasRead();
    await halted;
    return secrets.digestKey();
  };
  const slow = handle([message], { secrets: { ...secrets, digestKey }, limits: { ...limits, leaseMs: 1 } });
  await reading;
  await scene.superuser.query('INSERT INTO auth.account (id, email) VALUES ($1, $2)', [accountId, email]);
  const mailer: HandleDeps['mailer'] = {
    async send(mail) {
      goOn();
      await slow;
      return scene.deps.mailer.send(mail);
    },
  };
  await expect.poll(async () => (await handle([message], { mailer })).done).toEqual([message.id]);
  expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  expect(textsTo(phone)).toEqual([]);
  expect(await noticesOf(orderId)).toMatchObject({ email: { state: 'sent' }, count: 1 });
});

it.each([
  ['where no text messages are sent', confirmed, {}, { sms: undefined }, 'sms_not_configured'],
  ['who has neither', confirmed, { phone: null }, {}, 'no_address'],
  ['of what has no text message', 'madeinworld.order.delivered.v1', { marketing: true }, {}, 'no_address'],
  ['of what they have not agreed to', 'madeinworld.order.delivered.v1', {}, {}, 'no_consent'],
] as const)('tells nobody %s', async (_, type, person, deps, reason) => {
  const phone = aPhone();
  const { orderId } = await scene.buyer({ email: null, phone, ...person });
  const message = messageOf(eventOf(type, orderId));
  expect((await handle([message], deps)).done).toEqual([message.id]);
  expect(textsTo(phone)).toEqual([]);
  expect(await noticesOf(orderId)).toMatchObject({ email: { state: 'suppressed', error_code: reason }, sms: undefined });
});

it('tells no number of which the vendor has said that it takes nothing', async () => {
  const phone = aPhone();
  const { orderId } = await scene.buyer({ email: null, phone });
  await recordBounce(scene.deps, { address: phone, reason: 'hard_bounce', at: '2026-03-01T09:32:00Z' });
  await handle([messageOf(eventOf(confirmed, orderId))]);
  expect(textsTo(phone)).toEqual([]);
  expect(await noticesOf(orderId)).toMatchObject({ email: { state: 'suppressed', error_code: 'address_suppressed' }, count: 1 });
});

describe('who has both, and whose mail address gets nothing any more,', () => {
  const told = async (reason: 'hard_bounce' | 'complaint', type: EventType = confirmed) => {
    const phone = aPhone();
    const { orderId, email } = await scene.buyer({ phone, marketing: true });
    await recordBounce(scene.deps, { address: email, reason, at: '2026-03-01T09:32:00Z' });
    return { phone, orderId, message: messageOf(eventOf(type, orderId)), email };
  };
  const suppressed = { state: 'suppressed', error_code: 'address_suppressed' };

  it('is told by text message where the mailbox is none, once', async () => {
    const { phone, orderId, message, email } = await told('hard_bounce');
    await Promise.all([handle([message]), handle([message])]);
    await expect.poll(async () => (await handle([message])).done).toEqual([message.id]);
    expect(textsTo(phone)).toHaveLength(1);
    expect(await scene.sink.mailsTo(email)).toEqual([]);
    expect(await noticesOf(orderId)).toMatchObject({ email: toldBySms, sms: { state: 'sent' }, count: 2 });
  });

  it('is told nothing after a complaint: it was of what we write', async () => {
    const { phone, orderId, message } = await told('complaint');
    expect((await handle([message])).done).toEqual([message.id]);
    expect(textsTo(phone)).toEqual([]);
    expect(await noticesOf(orderId)).toMatchObject({ email: suppressed, sms: undefined });
  });

  it('is sent no marketing, whose consent is for mail', async () => {
    const { phone, orderId, message } = await told('hard_bounce', 'madeinworld.order.delivered.v1');
    await handle([message]);
    expect(textsTo(phone)).toEqual([]);
    expect(await noticesOf(orderId)).toMatchObject({ email: suppressed, sms: undefined });
  });

  it('is told nothing where the number gets nothing either', async () => {
    const { phone, orderId, message } = await told('hard_bounce');
    await recordBounce(scene.deps, { address: phone, reason: 'hard_bounce', at: '2026-03-01T09:32:00Z' });
    await handle([message]);
    expect(textsTo(phone)).toEqual([]);
    expect(await noticesOf(orderId)).toMatchObject({ email: suppressed, sms: undefined });
  });
});

it('sends what the vendor did not take later, from its queue message and from a sweep', async () => {
  const phone = aPhone();
  const { orderId } = await scene.buyer({ email: null, phone });
  const message = messageOf(eventOf(confirmed, orderId));
  scene.vendor.refuses = new SmsNotTaken('isv.BUSINESS_LIMIT_CONTROL', 200);
  const first = await handle([message]);
  expect([first.done, first.pauses.get(message.id)]).toEqual([[], expect.any(Number)]);
  const failed = { state: 'failed', attempts: 1, error_code: 'sms_isv_business_limit_control' };
  expect(await noticesOf(orderId)).toMatchObject({ email: toldBySms, sms: failed });
  scene.vendor.refuses = undefined;
  await expect.poll(async () => (await handle([message])).done).toEqual([message.id]);
  expect(textsTo(phone)).toHaveLength(1);
  expect(await noticesOf(orderId)).toMatchObject({ sms: { state: 'sent', attempts: 2, error_code: null } });

  const other = await scene.buyer({ email: null, phone });
  scene.vendor.refuses = new SmsNotTaken(undefined, 503);
  await handle([messageOf(eventOf(confirmed, other.orderId))]);
  expect(await noticesOf(other.orderId)).toMatchObject({ sms: { state: 'failed', error_code: 'sms_503' } });
  scene.vendor.refuses = undefined;
  const queue = {
    send: async () => [],
    receive: async () => [],
    delete: async () => [],
    extend: async () => '',
    close: async () => undefined,
  };
  const limits = { batch: 1, messageBytes: 1, batchBytes: 1, minVisibilitySeconds: 0, maxWaitSeconds: 0 };
  const sweep = scene.sweepOver({ ...queue, limits });
  await expect.poll(async () => sweep().then(() => textsTo(phone).length)).toBe(2);
});

it('tries what the vendor may have taken once more, and leaves it to a person then', async () => {
  const phone = aPhone();
  const { orderId } = await scene.buyer({ email: null, phone });
  const message = messageOf(eventOf(confirmed, orderId));
  scene.vendor.refuses = new SmsNotTaken('TimeoutError', undefined);
  await expect.poll(async () => (await handle([message])).done).toEqual([message.id]);
  expect(await noticesOf(orderId)).toMatchObject({ sms: { state: 'dead', attempts: 2 } });
  scene.vendor.refuses = undefined;
});

it.each([
  ['none', 0],
  ['captured', 1],
])('tells of a cancelled order whose payment is %s in %i text messages', async (paymentState, texts) => {
  const phone = aPhone();
  const { orderId } = await scene.buyer({ email: null, phone }, { paymentState });
  await handle([messageOf(eventOf('madeinworld.order.cancelled.v1', orderId))]);
  expect(textsTo(phone)).toHaveLength(texts);
});

it.each([
  [590, ['order-short-closed.en']],
  [0, []],
])(
  'tells of a rest that will not come, and pays back %i, by %j: the text message says that money goes back',
  async (amountMinor, texts) => {
    const phone = aPhone();
    const { orderId } = await scene.buyer({ email: null, phone }, { shortClosure: { amountMinor, lines: [] } });
    await handle([messageOf(eventOf('madeinworld.order.short_closed.v1', orderId))]);
    expect(textsTo(phone).map(({ template }) => template)).toEqual(texts);
  },
);

it('gives up after ten tries, and an administrator tries again', async () => {
  const phone = aPhone();
  const { orderId } = await scene.buyer({ email: null, phone });
  const event = eventOf(confirmed, orderId);
  scene.vendor.refuses = new SmsNotTaken('Throttling', 400);
  expect((await handle([messageOf(event, 10)])).done).toHaveLength(1);
  const { sms } = await noticesOf(orderId);
  expect(sms).toMatchObject({ state: 'dead', error_code: 'sms_throttling' });
  scene.vendor.refuses = undefined;
  await handle([messageOf(event, 1)]);
  expect(textsTo(phone)).toEqual([]);
  const id: unknown = Reflect.get(Object(sms), 'id');
  const answer = await scene.call('POST', `/v1/notifications/${String(id)}/retry`, { as: 'admin', idempotencyKey: randomUUID() });
  expect(answer).toMatchObject({ status: 200, body: { channel: 'sms', state: 'sent' } });
  expect(textsTo(phone)).toHaveLength(1);
});

it.each(['country_not_allowed', 'number_malformed', 'number_ambiguous'])(
  'does not try again what we refuse ourselves: %s',
  async (code) => {
    const phone = aPhone();
    const { orderId } = await scene.buyer({ email: null, phone });
    scene.vendor.refuses = new SmsNotTaken(code, undefined);
    const message = messageOf(eventOf(confirmed, orderId));
    expect((await handle([message])).done).toEqual([message.id]);
    expect(await noticesOf(orderId)).toMatchObject({ sms: { state: 'suppressed', error_code: code, attempts: 1 } });
  },
);

it('shows a number in no log and no row, whatever the vendor quotes', async () => {
  const phone = aPhone();
  const { orderId } = await scene.buyer({ email: null, phone });
  scene.vendor.refuses = Object.assign(new Error(`${phone} is not valid`), { code: phone });
  await handle([messageOf(eventOf(confirmed, orderId))]);
  expect(await noticesOf(orderId)).toMatchObject({ sms: { state: 'failed', error_code: 'unknown' } });
  await recordBounce(scene.deps, { address: phone, reason: 'complaint', at: '2026-03-01T09:32:00Z' });
  const { rows } = await scene.superuser.query(`
    SELECT n::text FROM notification.notice n UNION ALL SELECT r::text FROM notification.refused_message r
    UNION ALL SELECT s::text FROM notification.suppression s UNION ALL SELECT o::text FROM events.outbox o`);
  expect(scene.lines.length).toBeGreaterThan(3);
  expect(rows.length).toBeGreaterThan(5);
  for (const shown of [...scene.lines, ...rows.map((row) => JSON.stringify(row))]) expect(shown).not.toContain('86139');
});
