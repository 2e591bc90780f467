import type { OrderParameters } from './template.ts';

type Named = Pick<OrderParameters, 'name'>;

/** Paragraphs that several templates have. Pure. */

export const dear = { en: ({ name }: Named) => (name === null ? 'Hello,' : `Hello ${name},`), zh: helloInChinese };

function helloInChinese({ name }: Named): string {
  return name === null ? '您好：' : `${name}，您好：`;
}

export const listing = {
  en: ({ lines, shipping, total }: OrderParameters) =>
    [...lines.map((line) => `- ${line}`), `Delivery: ${shipping}`, `Total: ${total}`].join('\n'),
  zh: ({ lines, shipping, total }: OrderParameters) =>
    [...lines.map((line) => `- ${line}`), `运费：${shipping}`, `合计：${total}`].join('\n'),
};

/** The order by its number, and its day where that is known. */
export const named = {
  en: ({ number, placedOn }: OrderParameters) => (placedOn === null ? `order ${number}` : `order ${number} of ${placedOn}`),
  zh: ({ number, placedOn }: OrderParameters) => (placedOn === null ? `订单 ${number} ` : `于${placedOn}提交的订单 ${number} `),
};

export const signed = { en: 'madeinworld', zh: 'madeinworld' };
