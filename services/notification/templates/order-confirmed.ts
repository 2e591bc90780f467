import { dear, listing, named, signed } from './phrases.ts';
import type { OrderTemplate } from './template.ts';

export const orderConfirmed: OrderTemplate = {
  about: 'order',
  name: 'order-confirmed',
  eventType: 'madeinworld.order.confirmed.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `Your order ${number} is confirmed`,
      paragraphs: (order) => [
        dear.en(order),
        `Thank you. Your ${named.en(order)} is paid and confirmed:`,
        listing.en(order),
        'We will write again when it is on its way.',
        signed.en,
      ],
      sms: ({ number }) => `madeinworld: your order ${number} is paid and confirmed. We will write again when it is on its way.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 已确认`,
      paragraphs: (order) => [
        dear.zh(order),
        `感谢您的购买。您${named.zh(order)}已付款并确认：`,
        listing.zh(order),
        '发货后我们会再次通知您。',
        signed.zh,
      ],
      sms: ({ number }) => `您的订单${number}已付款并确认，发货后我们会再通知您。`,
    },
  },
};
