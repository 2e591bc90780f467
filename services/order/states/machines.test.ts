import fc from 'fast-check';
import { Type, type TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';

import { AttemptState, FulfilmentState, OrderState, PaymentState } from '#contracts/order.ts';

import { attemptTable, fulfilmentTable, nextState, orderTable, paymentTable } from './machines.ts';

type AnyTable = Readonly<Record<string, Readonly<Record<string, string | null>>>>;
interface Machine {
  readonly table: AnyTable;
  readonly states: TSchema;
  readonly first: string;
  /** From which nothing leads on. */
  readonly last: readonly string[];
}
const machines: Readonly<Record<string, Machine>> = {
  order: { table: orderTable, states: OrderState, first: 'pending', last: ['completed', 'expired', 'cancelled'] },
  payment: { table: paymentTable, states: PaymentState, first: 'none', last: ['refunded'] },
  attempt: { table: attemptTable, states: AttemptState, first: 'started', last: ['captured'] },
  fulfilment: { table: fulfilmentTable, states: FulfilmentState, first: 'none', last: ['returned', 'cancelled'] },
};

describe.each(Object.entries(machines))('the machine of %s', (_name, { table, states, first, last }) => {
  const events = Object.keys(Object.values(table)[0]!);

  it('decides every event in every state of the contract, and ends in no other', () => {
    const named = Type.IsEnum(states) ? states.enum : [];
    expect(Object.keys(table).toSorted()).toEqual([...named].map(String).toSorted());
    for (const row of Object.values(table)) {
      expect(Object.keys(row).toSorted()).toEqual(events.toSorted());
      for (const to of Object.values(row)) if (to !== null) expect(named).toContain(to);
    }
  });

  it('reaches every state, and stops where it should', () => {
    const reached = new Set([first]);
    for (const state of reached) for (const to of Object.values(table[state]!)) if (to !== null) reached.add(to);
    expect([...reached].toSorted()).toEqual(Object.keys(table).toSorted());
    const stopping = Object.entries(table).flatMap(([state, row]) => (Object.values(row).every((to) => to === null) ? [state] : []));
    expect(stopping.toSorted()).toEqual(last.toSorted());
  });
});

describe('whatever happens in whatever order', () => {
  const run = (table: AnyTable, first: string, events: readonly string[]): string[] => {
    const seen = [first];
    for (const event of events) seen.push(nextState(table, seen.at(-1)!, event) ?? seen.at(-1)!);
    return seen;
  };
  const orderOf = (table: AnyTable) => fc.array(fc.constantFrom(...Object.keys(Object.values(table)[0]!)), { maxLength: 30 });

  it('nothing that has been shipped is cancelled, and nothing cancelled is shipped', () => {
    fc.assert(
      fc.property(orderOf(fulfilmentTable), (events) => {
        const seen = new Set(run(fulfilmentTable, 'none', events));
        expect(seen.has('cancelled') && (seen.has('partly_shipped') || seen.has('shipped'))).toBe(false);
      }),
    );
  });

  it('a rest is given up where a part was shipped, and nothing is shipped after', () => {
    fc.assert(
      fc.property(orderOf(fulfilmentTable), (events) => {
        const seen = run(fulfilmentTable, 'none', events);
        const closed = events.findIndex((event, at) => event === 'short_close' && seen[at] !== seen[at + 1]);
        if (closed === -1) return;
        expect(seen[closed]).toBe('partly_shipped');
        for (const [at, event] of events.entries()) if (at > closed && event.startsWith('ship')) expect(seen[at + 1]).toBe(seen[at]);
      }),
    );
  });

  it('money that was captured is never lost sight of: from there on it is captured or goes back', () => {
    fc.assert(
      fc.property(orderOf(paymentTable), (events) => {
        const seen = run(paymentTable, 'none', events);
        const from = seen.indexOf('captured');
        if (from !== -1) for (const state of seen.slice(from)) expect(['captured', 'partly_refunded', 'refunded']).toContain(state);
      }),
    );
  });
});
