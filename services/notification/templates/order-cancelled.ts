import { dear, listing, named, signed } from './phrases.ts';
import type { OrderTemplate } from './template.ts';

export const orderCancelled: OrderTemplate = {
  about: 'order',
  name: 'order-cancelled',
  eventType: 'madeinworld.order.cancelled.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `Your order ${number} is cancelled`,
      paragraphs: (order) => [
        dear.en(order),
        `Your ${named.en(order)} is cancelled:`,
        listing.en(order),
        order.isPaid
          ? 'What you have paid for it will be given back, and we will write when it is.'
          : 'Nothing has been paid for it. Should a payment still arrive, it will be given back, and we will write when it is.',
        signed.en,
      ],
      sms: ({ number }) => `madeinworld: your order ${number} is cancelled. What you have paid for it will be given back.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 已取消`,
      paragraphs: (order) => [
        dear.zh(order),
        `您${named.zh(order)}已取消：`,
        listing.zh(order),
        order.isPaid ? '您支付的款项将退还，退款后我们会通知您。' : '该订单尚未付款。如款项稍后到账，将予以退还，退款后我们会通知您。',
        signed.zh,
      ],
      sms: ({ number }) => `您的订单${number}已取消。如已付款，款项将退还，退款后我们会通知您。`,
    },
  },
};
