import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { allocated } from '../testing/allocated.ts';
import { brokenRules } from '../testing/books.ts';
import { BRANCH, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

const stateOf = async (order: string): Promise<unknown> => (await scene.call('GET', `/v1/reservations/${order}`, { as: 'support' })).body;

describe('ship', () => {
  it('takes what was allocated from stock, in parts', async () => {
    const { order, a, b } = await allocated(scene);
    expect(await scene.offered.ship(order, [[a, 3]])).toBe(3);
    expect([await scene.stock(a), await scene.stock(b)]).toEqual([
      [7, 1],
      [10, 2],
    ]);
    expect(await stateOf(order)).toMatchObject({ state: 'allocated' });
    expect(
      await scene.offered.ship(order, [
        [a, 1],
        [b, 1],
        [b, 1],
      ]),
    ).toBe(3);
    expect([await scene.stock(a), await scene.stock(b)]).toEqual([
      [6, 0],
      [8, 0],
    ]);
    expect(await stateOf(order)).toMatchObject({ state: 'shipped' });
  });

  it('takes no more than was allocated, nothing twice, and nothing that was not ordered', async () => {
    const { order, a } = await allocated(scene);
    expect(
      await scene.offered.ship(order, [
        [a, 9],
        [randomUUID(), 1],
      ]),
    ).toBe(4);
    expect(await scene.offered.ship(order, [[a, 1]])).toBe(0);
    expect(await scene.stock(a)).toEqual([6, 0]);
  });

  it('takes nothing of what is held alone, released or unknown', async () => {
    const [order, a] = [randomUUID(), await scene.product(3)];
    await scene.offered.reserve(order, [[a, 1]]);
    expect(await scene.offered.ship(order, [[a, 1]])).toBe(0);
    await scene.offered.release(order);
    expect([await scene.offered.ship(order, [[a, 1]]), await scene.offered.ship(randomUUID(), [[a, 1]])]).toEqual([0, 0]);
    expect(await scene.stock(a)).toEqual([3, 0]);
  });

  it('what is left of a shipment in parts can be released: it is shipped then', async () => {
    const { order, a, b } = await allocated(scene);
    await scene.offered.ship(order, [[a, 1]]);
    expect(await scene.offered.release(order)).toBe('shipped');
    expect([await scene.stock(a), await scene.stock(b)]).toEqual([
      [9, 0],
      [10, 0],
    ]);
    expect(await scene.offered.ship(order, [[a, 1]])).toBe(0);
  });
});

describe('take_back', () => {
  it('puts what was shipped where it came from, or into another store', async () => {
    const { order, a, b } = await allocated(scene);
    await scene.offered.ship(order, [
      [a, 4],
      [b, 2],
    ]);
    expect(await scene.offered.takeBack(order, [[a, 1]])).toBe(1);
    expect(
      await scene.offered.takeBack(
        order,
        [
          [a, 2],
          [b, 1],
        ],
        BRANCH,
      ),
    ).toBe(3);
    expect([await scene.stock(a), await scene.stock(a, BRANCH), await scene.stock(b, BRANCH)]).toEqual([
      [7, 0],
      [2, 0],
      [1, 0],
    ]);
    expect(await stateOf(order)).toMatchObject({ state: 'shipped' });
  });

  it('takes back no more than was shipped, over all returns', async () => {
    const { order, a, b } = await allocated(scene);
    await scene.offered.ship(order, [[a, 2]]);
    expect(
      await scene.offered.takeBack(order, [
        [a, 1],
        [a, 4],
        [b, 1],
      ]),
    ).toBe(2);
    expect([await scene.offered.takeBack(order, [[a, 1]]), await scene.offered.takeBack(randomUUID(), [[a, 1]])]).toEqual([0, 0]);
    expect(await scene.stock(a)).toEqual([10, 2]);
  });
});
