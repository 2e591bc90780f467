import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { fulfilmentTable, orderTable, paymentTable } from './machines.ts';

const domain = readFileSync(new URL('../../../docs/domain.md', import.meta.url), 'utf8');

/** The steps of a drawing in docs/domain.md, as `from --> to: event`. */
function drawn(machine: string): string[] {
  const block = new RegExp(`\`\`\`mermaid\nstateDiagram-v2\n  %% ${machine}\n([^\`]*)\`\`\``).exec(domain)?.[1] ?? '';
  const steps = block.split('\n').map((line) => line.trim());
  return steps.filter((step) => step !== '' && !step.startsWith('[*]'));
}

const stepsOf = (table: Readonly<Record<string, Readonly<Record<string, string | null>>>>): string[] =>
  Object.entries(table).flatMap(([from, row]) =>
    Object.entries(row).flatMap(([event, to]) => (to === null ? [] : [`${from} --> ${to}: ${event}`])),
  );

it.each([
  ['order', orderTable],
  ['payment', paymentTable],
  ['fulfilment', fulfilmentTable],
] as const)('the drawing of the %s has the steps that there are, each once, and no other', (machine, table) => {
  expect(drawn(machine).toSorted()).toEqual(stepsOf(table).toSorted());
});
