/** What mails say of money that goes back where that is not of what came back: what will not come, and what was cancelled. */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventOf, messageOf, openScene, type Scene } from '../testing/scene.ts';
import { handleEvents } from './handle.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const handle = (messages: readonly ReturnType<typeof messageOf>[]) => handleEvents(scene.deps, messages, new AbortController().signal);

it.each([
  [
    'en',
    590,
    'will not come.\n\n- 1 × Tea & honey\n\nWhat you have paid for it, €5.90, will be given back, and we will write when it is.\n\nNothing',
  ],
  ['en', 0, 'will not come.\n\n- 1 × Tea & honey\n\nNothing'],
  ['zh', 590, '无法发货：\n\n- 1 × Tea & honey\n\n相应款项 €5.90 将退还，退款后我们会通知您。\n\n已发出的商品不受影响。'],
] as const)('says what will not come, and what is given back for it (%s, %i)', async (language, amountMinor, words) => {
  const lines = [{ name: 'Tea & honey', quantity: 1 }];
  const { email, orderId } = await scene.buyer({ language }, { shortClosure: { amountMinor, lines } });
  await handle([messageOf(eventOf('madeinworld.order.short_closed.v1', orderId))]);
  const [mail] = await scene.sink.mailsTo(email);
  expect(mail?.subject).toBe(
    language === 'en' ? 'A part of your order W-2026-100001 will not come' : '订单 W-2026-100001 的部分商品无法发货',
  );
  expect(mail?.text).toContain(words);
});

it.each([
  ['en', 'captured', 'What you have paid for it will be given back, and we will write when it is.'],
  ['en', 'refunded', 'What you have paid for it will be given back, and we will write when it is.'],
  ['en', 'none', 'Nothing has been paid for it. Should a payment still arrive, it will be given back, and we will write when it is.'],
  ['en', 'unknown', 'Nothing has been paid for it. Should a payment still arrive, it will be given back, and we will write when it is.'],
  ['zh', 'captured', '您支付的款项将退还，退款后我们会通知您。'],
  ['zh', 'failed', '该订单尚未付款。如款项稍后到账，将予以退还，退款后我们会通知您。'],
] as const)('promises money back for a cancelled order where any was paid (%s, %s)', async (language, paymentState, words) => {
  const { email, orderId } = await scene.buyer({ language }, { paymentState });
  await handle([messageOf(eventOf('madeinworld.order.cancelled.v1', orderId))]);
  const [mail] = await scene.sink.mailsTo(email);
  expect(mail?.text.trim().split('\n\n').slice(3, -1)).toEqual([words]);
});
