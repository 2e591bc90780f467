import { dear, signed } from './phrases.ts';
import type { OrderTemplate } from './template.ts';

export const returnAccepted: OrderTemplate = {
  about: 'order',
  name: 'return-accepted',
  eventType: 'madeinworld.return.accepted.v1',
  kind: 'transactional',
  wordings: {
    en: {
      subject: ({ number }) => `Your return to order ${number} has arrived`,
      paragraphs: (order) => [
        dear.en(order),
        `What you have sent back of order ${order.number} has arrived, and is accepted.`,
        order.isMoneyOwed ? 'What you have paid for it will be given back, and we will write when it is.' : null,
        signed.en,
      ],
      sms: ({ number }) =>
        `madeinworld: what you have sent back of order ${number} has arrived, and is accepted. What you have paid for it will be given back.`,
    },
    zh: {
      subject: ({ number }) => `订单 ${number} 的退货已收到`,
      paragraphs: (order) => [
        dear.zh(order),
        `您退回的订单 ${order.number} 的商品已收到并验收。`,
        order.isMoneyOwed ? '相应款项将退还，退款后我们会通知您。' : null,
        signed.zh,
      ],
      sms: ({ number }) => `您退回的订单${number}的商品已收到并验收，相应款项将退还。`,
    },
  },
};
