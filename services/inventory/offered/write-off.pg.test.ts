/**
 * Goal: what is allocated and is not there leaves stock, once, and nothing of it can be bought; `brokenRules` has the ledger. Planted once: what is written off stays on hand, what was shipped is written
 * off too, a look without the lock.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { allocated } from '../testing/allocated.ts';
import { brokenRules } from '../testing/books.ts';
import type { Offered } from '../testing/offered.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { begin, untilWaiting } from '../testing/waiting.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

const movementsOf = async (order: string, productId: string) =>
  (
    await scene.inspect.query(
      'SELECT kind, delta_on_hand, delta_reserved FROM inventory.movement WHERE reference = $1 AND product_id = $2 ORDER BY id',
      [order, productId],
    )
  ).rows.map(({ kind, delta_on_hand: onHand, delta_reserved: reserved }) => [kind, onHand, reserved]);

describe('write_off', () => {
  it('takes from stock what a shipment in parts has left: it is released and counted down at once, once', async () => {
    const { order, a, b } = await allocated(scene);
    await scene.offered.ship(order, [[a, 1]]);
    for (let time = 0; time < 2; time += 1) expect(await scene.offered.writeOff(order)).toBe('shipped');
    expect([await scene.stock(a), await scene.stock(b)]).toEqual([
      [6, 0],
      [8, 0],
    ]);
    expect(await movementsOf(order, a)).toEqual([
      ['reserved', 0, 4],
      ['shipped', -1, -1],
      ['released', 0, -3],
      ['counted', -3, 0],
    ]);
    expect([await scene.offered.ship(order, [[a, 1]]), await scene.offered.release(order)]).toEqual([0, 'shipped']);
    expect([await scene.offered.takeBack(order, [[a, 4]]), await scene.stock(a)]).toEqual([1, [7, 0]]);
  });

  it('changes nothing of what can be bought, also where that is nothing', async () => {
    const [order, a] = [randomUUID(), await scene.product(3)];
    await scene.offered.reserve(order, [[a, 3]]);
    await scene.offered.allocate(order);
    const { rows: before } = await scene.inspect.query('SELECT id, kind, ended_at FROM inventory.alert WHERE product_id = $1', [a]);
    expect(await scene.offered.writeOff(order)).toBe('released');
    expect(await scene.stock(a)).toEqual([0, 0]);
    const { rows: after } = await scene.inspect.query('SELECT id, kind, ended_at FROM inventory.alert WHERE product_id = $1', [a]);
    expect(after).toEqual(before);
  });

  it('takes nothing of what is held alone, released, or unknown', async () => {
    const [order, a] = [randomUUID(), await scene.product(3)];
    await scene.offered.reserve(order, [[a, 1]]);
    expect(await scene.offered.writeOff(order)).toBe('held');
    await scene.offered.release(order);
    expect([await scene.offered.writeOff(order), await scene.offered.writeOff(randomUUID())]).toEqual(['released', null]);
    expect(await scene.stock(a)).toEqual([3, 0]);
  });

  it.each([
    ['a shipment', (other: Offered, order: string, a: string) => other.ship(order, [[a, 3]]), [6, 0], [8, 0]],
    ['a release', (other: Offered, order: string) => other.release(order), [9, 0], [10, 0]],
    ['another', (other: Offered, order: string) => other.writeOff(order), [6, 0], [8, 0]],
  ] as const)('that meets %s takes what that leaves', async (_, meet, ofA, ofB) => {
    const { order, a, b } = await allocated(scene);
    await scene.offered.ship(order, [[a, 1]]);
    const first = await begin(scene.orders);
    await meet(first.offered, order, a);
    const writing = scene.offered.writeOff(order);
    await untilWaiting(scene);
    await first.commit();
    expect(await writing).toBe('shipped');
    expect([await scene.stock(a), await scene.stock(b)]).toEqual([ofA, ofB]);
  });
});
