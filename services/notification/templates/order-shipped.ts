import { dear, listing, named, signed } from './phrases.ts';
import type { OrderParameters, OrderTemplate } from './template.ts';

/** What is in the shipment, where it is not the whole order: prices are of that alone. */
const partOf = ({ shippedLines }: OrderParameters): string => shippedLines.map((line) => `- ${line}`).join('\n');

export const orderShipped: OrderTemplate = {
  about: 'order',
  name: 'order-shipped',
  eventType: 'madeinworld.order.shipped.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number, isPartShipped }) => `${isPartShipped ? 'A part of your' : 'Your'} order ${number} is on its way`,
      paragraphs: (order) => [
        dear.en(order),
        `${order.isPartShipped ? 'A part of your' : 'Your'} ${named.en(order)} is on its way.`,
        order.carrier === null ? null : `Carrier: ${order.carrier}`,
        order.trackingCode === null ? null : `Tracking code: ${order.trackingCode}`,
        order.isPartShipped ? partOf(order) : listing.en(order),
        signed.en,
      ],
      // One wording that is true of a part as well: carriers approve each.
      sms: ({ number }) => `madeinworld: goods of your order ${number} are on their way.`,
    },
    zh: {
      subject: ({ number, isPartShipped }) => `订单 ${number} ${isPartShipped ? '部分商品' : ''}已发货`,
      paragraphs: (order) => [
        dear.zh(order),
        `您${named.zh(order)}${order.isPartShipped ? '的部分商品' : ''}已发货。`,
        order.carrier === null ? null : `承运商：${order.carrier}`,
        order.trackingCode === null ? null : `运单号：${order.trackingCode}`,
        order.isPartShipped ? partOf(order) : listing.zh(order),
        signed.zh,
      ],
      sms: ({ number }) => `您的订单${number}有商品已发货，请留意查收。`,
    },
  },
};
