import { dear, listing, signed } from './phrases.ts';
import type { OrderTemplate } from './template.ts';

export const orderExpired: OrderTemplate = {
  about: 'order',
  name: 'order-expired',
  eventType: 'madeinworld.order.expired.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `Your order ${number} came too late`,
      paragraphs: (order) => [
        dear.en(order),
        `Your payment for order ${order.number} came after its goods had gone to others. We are sorry: the order has expired.`,
        listing.en(order),
        'What you have paid will be given back in full, and we will write when it is.',
        signed.en,
      ],
      sms: ({ number }) =>
        `madeinworld: your payment for order ${number} came too late: the order has expired. What you have paid will be given back in full.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 已失效`,
      paragraphs: (order) => [
        dear.zh(order),
        `订单 ${order.number} 的付款到达时，商品已售出。非常抱歉，该订单已失效。`,
        listing.zh(order),
        '您支付的款项将全额退还，退款后我们会通知您。',
        signed.zh,
      ],
      sms: ({ number }) => `订单${number}的付款到达时商品已售出，订单已失效。您支付的款项将全额退还。`,
    },
  },
};
