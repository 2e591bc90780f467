import fc from 'fast-check';

/** One local statement of a writer. Rows are numbered within their case. */
export type Statement =
  | { readonly do: 'put category'; readonly row: number; readonly under: number; readonly value: number }
  | { readonly do: 'put product'; readonly row: number; readonly under: number; readonly value: number }
  | { readonly do: 'put store'; readonly value: number }
  | { readonly do: 'price'; readonly row: number; readonly value: number }
  | { readonly do: 'cost'; readonly row: number; readonly value: number }
  | { readonly do: 'move'; readonly row: number; readonly under: number }
  | { readonly do: 'bulk price'; readonly value: number }
  | { readonly do: 'delete category' | 'delete product'; readonly row: number }
  | { readonly do: 'delete store' | 'delete all products' | 'delete the family' };

export const publishFaults = ['none', 'refused', 'send answer lost', 'dies after claim', 'dies before settle'] as const;
export const workFaults = [
  'none',
  'request lost',
  'body cut',
  'ingest dies before commit',
  'answer lost',
  'sent twice',
  'stalls and arrives late',
  'worker dies before delete',
] as const;
export type PublishFault = (typeof publishFaults)[number];
export type WorkFault = (typeof workFaults)[number];
export const endings = ['commit', 'rollback', 'rollback to savepoint'] as const;

/** One step of a history, on one side (0 is the world). */
export type Step = { readonly side: 0 | 1 } &
  /** What is committed is published at once, or, with `later`, by a later step. */
  (
    | {
        readonly do: 'write';
        readonly statements: readonly Statement[];
        readonly end: (typeof endings)[number];
        readonly published: PublishFault | 'later';
      }
    | { readonly do: 'publish'; readonly fault: PublishFault }
    /** `pick`: which messages are received, a bit each; `from the back` receives the newest first. */
    | { readonly do: 'work'; readonly pick: number; readonly fromTheBack: boolean; readonly fault: WorkFault }
    | { readonly do: 'late arrival'; readonly which: number }
    | { readonly do: 'clock'; readonly ms: number }
    /** `exchange`: all that waits crosses, both ways, and nothing goes wrong. */
    | { readonly do: 'purge queue' | 'retry parked' | 'patience ends' | 'exchange' }
  );

export const CATEGORIES = 3;
export const PRODUCTS = 3;
/** `under` of no category: what comes after them. */
export const NOWHERE = 3;

const side = fc.constantFrom<0 | 1>(0, 1);
const category = fc.nat(CATEGORIES - 1);
const product = fc.nat(PRODUCTS - 1);
const under = fc.nat(CATEGORIES);
const value = fc.nat(9);
const just = <const T>(what: T): fc.Arbitrary<T> => fc.constant(what);

const statement: fc.Arbitrary<Statement> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: just('put category'), row: category, under, value }) },
  { weight: 6, arbitrary: fc.record({ do: just('put product'), row: product, under, value }) },
  { weight: 1, arbitrary: fc.record({ do: just('put store'), value }) },
  { weight: 4, arbitrary: fc.record({ do: just('price'), row: product, value }) },
  { weight: 1, arbitrary: fc.record({ do: just('cost'), row: product, value }) },
  { weight: 2, arbitrary: fc.record({ do: just('move'), row: product, under }) },
  { weight: 1, arbitrary: fc.record({ do: just('bulk price'), value }) },
  { weight: 2, arbitrary: fc.record({ do: just('delete category'), row: category }) },
  { weight: 2, arbitrary: fc.record({ do: just('delete product'), row: product }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('delete store', 'delete all products', 'delete the family', 'delete the family') }),
  },
);

/** Small steps, NTP's corrections either way, and a clock that is a quarter of an hour ahead and comes back. */
const clockStep = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 2, arbitrary: fc.constantFrom(288_000, -288_000) },
  { weight: 1, arbitrary: fc.constantFrom(900_000, -900_000, -1) },
);

const often = <T>(none: T, faults: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(none) }, { weight: 4, arbitrary: fc.constantFrom(...faults) });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: just('write'),
      side,
      statements: fc.array(statement, { minLength: 1, maxLength: 3 }),
      end: fc.oneof({ weight: 6, arbitrary: just('commit') }, { weight: 1, arbitrary: fc.constantFrom(...endings) }),
      published: fc.oneof(
        { weight: 5, arbitrary: just('none') },
        { weight: 3, arbitrary: just('later') },
        { weight: 2, arbitrary: fc.constantFrom(...publishFaults) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: just('publish'), side, fault: often<PublishFault>('none', publishFaults) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: just('work'),
      side,
      pick: fc.integer({ min: 1, max: 15 }),
      fromTheBack: fc.boolean(),
      fault: often<WorkFault>('none', workFaults),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: just('late arrival'), side, which: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ do: just('clock'), side, ms: clockStep }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('retry parked', 'exchange'), side }) },
);
const rare: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom('purge queue', 'patience ends'), side });

/** A family that both sides have, so that they contend for it from the start. */
const family: readonly Step[] = [
  {
    do: 'write',
    side: 0,
    end: 'commit',
    published: 'none',
    statements: [
      { do: 'put category', row: 0, under: NOWHERE, value: 0 },
      { do: 'put category', row: 1, under: 0, value: 0 },
      { do: 'put product', row: 0, under: 1, value: 0 },
      { do: 'put product', row: 1, under: 0, value: 0 },
    ],
  },
  { do: 'exchange', side: 0 },
];

/** Random histories: what is written, and what becomes of its way to the other side. */
export const histories: fc.Arbitrary<readonly Step[]> = fc
  .record({
    contended: fc.boolean(),
    steps: fc.array(fc.oneof({ weight: 25, arbitrary: step }, { weight: 1, arbitrary: rare }), {
      minLength: 4,
      maxLength: 26,
      size: 'max',
    }),
  })
  .map(({ contended, steps }) => (contended ? [...family, ...steps] : steps));
