/**
 * Goal: rows that are merged by parts, or written by one region alone, hold on both sides what their writes make, however deliveries are delayed,
 * repeated, reordered or lost, and however the clocks stand; counters add up, ranks do not fall, every write is accounted for part by part, and a
 * conflict is recorded exactly where writes of one part had not seen each other.
 * Method: random histories against the product's own SQL in two real databases, whose clocks the history moves. After each step the side is compared
 * with an independent fold of the writes that have come to it. Each case has a key of its own, so that one pair of databases serves all.
 */
import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openMerged } from '#sync/testing/merged.ts';
import type { TestRegion } from '#sync/testing/regions.ts';

import { casesOf } from '../../effort.ts';
import type { Row, Shape } from './fold.ts';
import { branch, ticket } from './shapes.ts';
import { capture, installClock, moveClock, readNow, receive, remove, write, type Sent, type Side } from './side.ts';
import { checkHeld, checkLedger } from './verdict.ts';

const CASES = casesOf(process.env, 'MERGE_CASES', { usual: 20, full: 80 });
let world: TestRegion;
let china: TestRegion;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ world, china, close } = await openMerged());
  for (const region of [world, china]) await installClock(region);
});
afterAll(async () => close?.());

const text = fc.constantFrom(null, 'a', 'b', 'c');
const ticketChange = fc.record(
  {
    title: text,
    body: text,
    assignee: text,
    state: fc.constantFrom('new', 'open', 'done', 'refused'),
    reason: text,
    views: fc.integer({ min: -3, max: 9 }),
  },
  { requiredKeys: [] },
);
const branchChange = fc.record({ name: text, home: fc.constantFrom('world', 'china') }, { requiredKeys: [] });

const steps = (change: fc.Arbitrary<Row>) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), side: fc.nat(1), change }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), side: fc.nat(1) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('capture' as const), side: fc.nat(1) }) },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('deliver' as const),
          side: fc.nat(1),
          which: fc.array(fc.nat(50), { minLength: 1, maxLength: 3 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('clock' as const), side: fc.nat(1), byMs: fc.integer({ min: -3, max: 5 }) }) },
    ),
    { minLength: 4, maxLength: 24 },
  );

/** Runs a history on a key of its own; answers how many conflicts it came to. */
async function run(
  shape: Shape,
  history: readonly (ReturnType<typeof steps> extends fc.Arbitrary<(infer Step)[]> ? Step : never)[],
): Promise<number> {
  const key = randomUUID();
  const sides: readonly [Side, Side] = [
    { region: world, shape, key, known: new Set() },
    { region: china, shape, key, known: new Set() },
  ];
  const wire: readonly [Sent[], Sent[]] = [[], []];
  for (const side of sides) await capture(side);
  for (const step of history) {
    const at = step.side === 0 ? 0 : 1;
    const side = sides[at];
    if (step.do === 'write') {
      const counts = Object.fromEntries(Object.entries(step.change).flatMap(([name, by]) => (typeof by === 'number' ? [[name, by]] : [])));
      await write(side, Object.fromEntries(Object.entries(step.change).filter(([name]) => !(name in counts))), counts);
    } else if (step.do === 'delete') await remove(side);
    else if (step.do === 'capture') wire[at].push(...(await capture(side)));
    else if (step.do === 'clock') await moveClock(side, step.byMs);
    else {
      const from = wire[at === 0 ? 1 : 0];
      await receive(side, from.length === 0 ? [] : step.which.flatMap((which) => from[which % from.length] ?? []));
    }
    await checkHeld(side);
  }
  // The network has healed: what was captured and lost is read and sent again, once each way and back. Nothing makes a pointer on the way.
  for (const at of [0, 1, 0] as const) {
    await capture(sides[at]);
    await receive(sides[at === 0 ? 1 : 0], await readNow(sides[at]));
  }
  for (const side of sides) {
    await checkHeld(side);
    expect(await capture(side)).toEqual([]);
  }
  expect(sides[0].known).toEqual(sides[1].known);
  return checkLedger(sides);
}

test.each([
  { name: 'groups, states and counters', shape: ticket, change: ticketChange },
  { name: 'home regions', shape: branch, change: branchChange },
])(
  `${CASES} random histories of $name come to what their writes make`,
  async ({ shape, change }) => {
    let conflicts = 0;
    await fc.assert(
      fc.asyncProperty(steps(change), async (history) => {
        conflicts += await run(shape, history);
      }),
      { numRuns: CASES, endOnFailure: false },
    );
    expect(conflicts).toBeGreaterThan(0);
  },
  300_000,
);
