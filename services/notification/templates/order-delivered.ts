import { dear, listing, signed } from './phrases.ts';
import type { OrderTemplate } from './template.ts';

export const orderDelivered: OrderTemplate = {
  about: 'order',
  name: 'order-delivered',
  eventType: 'madeinworld.order.delivered.v1',
  kind: 'marketing',
  wordings: {
    en: {
      subject: ({ number }) => `How do you like your order ${number}?`,
      paragraphs: (order) => [
        dear.en(order),
        `Your order ${order.number} has been delivered. We would be glad to hear how you like it:`,
        listing.en(order),
        'We ask because you agreed to be written to. You can take that back at any time in your profile.',
        signed.en,
      ],
    },
    zh: {
      subject: ({ number }) => `您对订单 ${number} 满意吗？`,
      paragraphs: (order) => [
        dear.zh(order),
        `您的订单 ${order.number} 已送达，期待您的评价：`,
        listing.zh(order),
        '您收到此邮件，是因为您同意接收此类邮件。您可随时在个人资料中撤回同意。',
        signed.zh,
      ],
    },
  },
};
