import { dear, listing, named, signed } from './phrases.ts';
import type { Template } from './template.ts';

export const orderShipped: Template = {
  name: 'order-shipped',
  eventType: 'madeinworld.order.shipped.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `Your order ${number} is on its way`,
      paragraphs: (order) => [
        dear.en(order),
        `Your ${named.en(order)} is on its way.`,
        order.carrier === null ? null : `Carrier: ${order.carrier}`,
        order.trackingCode === null ? null : `Tracking code: ${order.trackingCode}`,
        listing.en(order),
        signed.en,
      ],
      sms: ({ number }) => `madeinworld: your order ${number} is on its way.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 已发货`,
      paragraphs: (order) => [
        dear.zh(order),
        `您${named.zh(order)}已发货。`,
        order.carrier === null ? null : `承运商：${order.carrier}`,
        order.trackingCode === null ? null : `运单号：${order.trackingCode}`,
        listing.zh(order),
        signed.zh,
      ],
      sms: ({ number }) => `您的订单${number}已发货，请留意查收。`,
    },
  },
};
