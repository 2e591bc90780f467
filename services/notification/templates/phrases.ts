import type { OrderParameters } from './template.ts';

/** Paragraphs that several templates have. Pure. */

export const dear = { en: ({ name }: OrderParameters) => (name === null ? 'Hello,' : `Hello ${name},`), zh: helloInChinese };

function helloInChinese({ name }: OrderParameters): string {
  return name === null ? '您好：' : `${name}，您好：`;
}

export const listing = {
  en: ({ lines, total }: OrderParameters) => [...lines.map((line) => `- ${line}`), `Total: ${total}`].join('\n'),
  zh: ({ lines, total }: OrderParameters) => [...lines.map((line) => `- ${line}`), `合计：${total}`].join('\n'),
};

export const signed = { en: 'madeinworld', zh: 'madeinworld' };
