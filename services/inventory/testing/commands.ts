import { randomUUID } from 'node:crypto';

import fc from 'fast-check';

import { linesWith, shortIn, type Command, type ModelLine, type Outcome } from './model.ts';
import type { Scene } from './scene.ts';

const ORDERS = 3;
const store = fc.nat(1);
const product = fc.nat(1);
const order = fc.nat(ORDERS - 1);
const linesUpTo = (most: number, quantity: number): fc.Arbitrary<readonly ModelLine[]> =>
  fc.array(fc.tuple(product, fc.integer({ min: 1, max: quantity })), { minLength: 1, maxLength: most, size: 'max' });
const of = <const Name extends Command['do']>(name: Name) => fc.constant(name);

/** What warehouse and orders can do: few stores, products and orders, so that they meet. Shrinks to nothing. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.record({ do: of('nothing') }) },
  { weight: 3, arbitrary: fc.record({ do: of('receive'), store, lines: linesUpTo(2, 5) }) },
  { weight: 2, arbitrary: fc.record({ do: of('transfer'), from: store, to: store, lines: linesUpTo(3, 5) }) },
  { weight: 2, arbitrary: fc.record({ do: of('count'), store, product, counted: fc.nat(6) }) },
  {
    weight: 7,
    arbitrary: fc.record({ do: of('reserve'), order, store, overdue: fc.constantFrom(false, false, true), lines: linesUpTo(3, 3) }),
  },
  { weight: 8, arbitrary: fc.record({ do: of('allocate'), order }) },
  { weight: 2, arbitrary: fc.record({ do: of('release'), order }) },
  { weight: 1, arbitrary: fc.record({ do: of('writeOff'), order }) },
  { weight: 2, arbitrary: fc.record({ do: of('expire') }) },
  { weight: 7, arbitrary: fc.record({ do: of('ship'), order, lines: linesUpTo(4, 3) }) },
  { weight: 6, arbitrary: fc.record({ do: of('takeBack'), order, store, lines: linesUpTo(4, 2) }) },
);

/** With what a sequence begins, so that there is something to sell. */
export const opening: readonly Command[] = [0, 1].map((number) => ({
  do: 'receive',
  store: number,
  lines: [
    [0, 6],
    [1, 6],
  ],
}));

/** The ids of one sequence: another one has others, and sees nothing of it. */
export interface Names {
  readonly store: (number: number) => string;
  readonly product: (number: number) => string;
  readonly order: (number: number) => string;
}
export function namesOf(run: number): Names {
  const name = (what: 'a' | 'b' | 'c') => (number: number) =>
    `${String(run).padStart(8, '0')}-0000-5000-8000-${what}${String(number).padStart(11, '0')}`;
  return { store: name('a'), product: name('b'), order: name('c') };
}
export const numberOf = (id: string): number => Number(id.slice(-11));
const ascending = (a: number, b: number): number => a - b;

/** Does a command to the service: the warehouse's over HTTP, those of orders as that role. */
export async function perform({ call, offered }: Scene, names: Names, next: Command): Promise<Outcome> {
  const post = async (path: string, body: object): Promise<number> =>
    (await call('POST', path, { as: 'warehouse', body, idempotencyKey: randomUUID() })).status;
  const wire = (lines: readonly ModelLine[]) => lines.map(([number, quantity]) => ({ productId: names.product(number), quantity }));
  switch (next.do) {
    case 'nothing':
      return undefined;
    case 'receive':
      return post('/v1/receipts', { storeId: names.store(next.store), lines: wire(next.lines) });
    case 'transfer':
      return post('/v1/transfers', { fromStoreId: names.store(next.from), toStoreId: names.store(next.to), lines: wire(next.lines) });
    case 'count':
      return post('/v1/counts', {
        storeId: names.store(next.store),
        lines: [{ productId: names.product(next.product), counted: next.counted }],
      });
    case 'reserve': {
      const more = { storeId: names.store(next.store), expiresInSeconds: next.overdue ? -1 : 3_600 };
      return offered.reserve(names.order(next.order), linesWith(next.lines, names.product), more).then(
        (short) => shortIn(short, numberOf),
        (error: { code?: string }) => (error.code === '55000' ? 'over' : Promise.reject(error)),
      );
    }
    case 'allocate':
      return offered.allocate(names.order(next.order));
    case 'release':
      return offered.release(names.order(next.order));
    case 'writeOff':
      return offered.writeOff(names.order(next.order));
    case 'expire': {
      const all = Array.from({ length: ORDERS }, (_, number) => names.order(number));
      return (await offered.expire(100, all)).map(numberOf).sort(ascending);
    }
    case 'ship':
      return offered.ship(names.order(next.order), linesWith(next.lines, names.product));
    case 'takeBack':
      return offered.takeBack(names.order(next.order), linesWith(next.lines, names.product), names.store(next.store));
  }
}
