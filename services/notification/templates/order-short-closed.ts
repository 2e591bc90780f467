import { dear, named, signed } from './phrases.ts';
import type { OrderParameters, OrderTemplate } from './template.ts';

/** What will not come: prices are of the whole order. */
const missing = ({ shortClosedLines }: OrderParameters): string => shortClosedLines.map((line) => `- ${line}`).join('\n');

export const orderShortClosed: OrderTemplate = {
  about: 'order',
  name: 'order-short-closed',
  eventType: 'madeinworld.order.short_closed.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `A part of your order ${number} will not come`,
      paragraphs: (order) => [
        dear.en(order),
        `We are sorry: this part of your ${named.en(order)} will not come.`,
        missing(order),
        order.shortClosedMoney === null
          ? null
          : `What you have paid for it, ${order.shortClosedMoney}, will be given back, and we will write when it is.`,
        'Nothing changes of what has been shipped.',
        signed.en,
      ],
      sms: ({ number }) =>
        `madeinworld: we are sorry, a part of your order ${number} will not come. What you have paid for it will be given back.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 的部分商品无法发货`,
      paragraphs: (order) => [
        dear.zh(order),
        `非常抱歉，您${named.zh(order)}中的以下商品无法发货：`,
        missing(order),
        order.shortClosedMoney === null ? null : `相应款项 ${order.shortClosedMoney} 将退还，退款后我们会通知您。`,
        '已发出的商品不受影响。',
        signed.zh,
      ],
      sms: ({ number }) => `非常抱歉，您的订单${number}的部分商品无法发货，已付的相应款项将退还。`,
    },
  },
};
