/**
 * Goal: whatever happens to stock, in whatever order, it is what a small model says, and the books are in order.
 * Method: fast-check draws sequences of commands (`testing/commands.ts`) and does them to the service and to the model (`testing/model.ts`). After each command
 * the answer and all stock are compared; after each sequence the rules of `testing/books.ts` hold.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { brokenRules } from './testing/books.ts';
import { command, namesOf, numberOf, opening, perform, type Names } from './testing/commands.ts';
import { apply, newModel, type Command, type Model, type Outcome } from './testing/model.ts';
import { openScene, type Scene } from './testing/scene.ts';

const SEQUENCES = 40;
const COMMANDS = 40;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

type Numbers = Readonly<Record<string, readonly [onHand: number, reserved: number]>>;

async function stockHeld(names: Names): Promise<Numbers> {
  const { rows } = await scene.inspect.query<{ store_id: string; product_id: string; on_hand: number; reserved: number }>(
    'SELECT store_id, product_id, on_hand, reserved FROM inventory.stock WHERE store_id = ANY ($1) AND on_hand > 0',
    [[names.store(0), names.store(1)]],
  );
  return Object.fromEntries(
    rows.map((row) => [`${numberOf(row.store_id)}/${numberOf(row.product_id)}`, [row.on_hand, row.reserved] as const]),
  );
}

const stockIn = ({ stock }: Model): Numbers =>
  Object.fromEntries([...stock].flatMap(([key, { onHand, reserved }]) => (onHand > 0 ? [[key, [onHand, reserved] as const]] : [])));

/** What came of a command, in few words. */
function nameOf(next: Command, outcome: Outcome): string {
  if (Array.isArray(outcome)) return `${next.do} ${outcome.length === 0 ? 'nothing' : 'some'}`;
  return `${next.do} ${typeof outcome === 'number' && outcome < 200 ? (outcome === 0 ? 'nothing' : 'some') : String(outcome)}`;
}

describe('any sequence of commands', () => {
  const seen = new Set<string>();
  let run = 0;

  it('does to stock what it does to the model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.noBias(fc.array(command, { minLength: COMMANDS, maxLength: COMMANDS })), async (commands) => {
        run += 1;
        const [names, model] = [namesOf(run), newModel()];
        for (const number of [0, 1]) await Promise.all([scene.store(names.store(number)), scene.listed(names.product(number))]);
        await scene.database.pool.query('SELECT inventory.choose_online_store($1)', [names.store(0)]);
        for (const [place, next] of [...opening, ...commands].entries()) {
          const expected = apply(model, next);
          const what = `${place}: ${JSON.stringify(next)}`;
          expect(await perform(scene, names, next), what).toEqual(expected);
          expect(await stockHeld(names), what).toEqual(stockIn(model));
          seen.add(nameOf(next, expected));
        }
        expect(await brokenRules(scene.inspect)).toEqual([]);
      }),
      { numRuns: SEQUENCES },
    );
  }, 300_000);

  it('came to all that can happen', () => {
    const all = [
      'receive 201',
      'transfer 201',
      'transfer 400',
      'transfer 409',
      'count 201',
      'count 409',

      'reserve nothing',
      'reserve some',
      'reserve over',
      'allocate allocated',
      'allocate expired',
      'allocate released',
      'allocate null',

      'release released',
      'writeOff released',
      'writeOff null',
      'expire some',
      'ship nothing',
      'ship some',
      'takeBack nothing',
      'takeBack some',
    ];
    expect(all.filter((what) => !seen.has(what))).toEqual([]);
  });
});
