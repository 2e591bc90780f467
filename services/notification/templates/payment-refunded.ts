import { dear, named, signed } from './phrases.ts';
import type { OrderTemplate } from './template.ts';

export const paymentRefunded: OrderTemplate = {
  about: 'order',
  name: 'payment-refunded',
  eventType: 'madeinworld.payment.refunded.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `Your money for order ${number} is on its way back`,
      paragraphs: (order) => [
        dear.en(order),
        `We have given back money for your ${named.en(order)}.`,
        order.refunded === null ? null : `Given back so far: ${order.refunded}`,
        'Until your bank shows it some days may pass.',
        signed.en,
      ],
      sms: ({ number }) => `madeinworld: we have given back money for your order ${number}. Until your bank shows it some days may pass.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 的退款已发出`,
      paragraphs: (order) => [
        dear.zh(order),
        `您${named.zh(order)}的退款已发出。`,
        order.refunded === null ? null : `累计退款：${order.refunded}`,
        '到账可能需要数日。',
        signed.zh,
      ],
      sms: ({ number }) => `订单${number}的退款已发出，到账可能需要数日。`,
    },
  },
};
