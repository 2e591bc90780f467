import { dear, named, signed } from './phrases.ts';
import type { OrderTemplate } from './template.ts';

/** Every attempt to pay an order is for all of it: what came twice is its total. */
export const duplicateRefunded: OrderTemplate = {
  about: 'order',
  name: 'duplicate-refunded',
  eventType: 'madeinworld.payment.duplicate_refunded.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `Your order ${number} was paid twice, and one payment is on its way back`,
      paragraphs: (order) => [
        dear.en(order),
        `Your ${named.en(order)} was paid twice. We have given back the second payment: ${order.total}`,
        'Nothing else changes of your order. Until your bank shows the money some days may pass.',
        signed.en,
      ],
      sms: ({ number }) => `madeinworld: your order ${number} was paid twice. We have given back what was paid twice.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 重复付款，多付款项已退还`,
      paragraphs: (order) => [
        dear.zh(order),
        `您${named.zh(order)}被重复付款，我们已退还多付的款项：${order.total}`,
        '订单本身不受影响。到账可能需要数日。',
        signed.zh,
      ],
      sms: ({ number }) => `订单${number}重复付款，多付的款项已退还，到账可能需要数日。`,
    },
  },
};
