import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AccountRole } from '#contracts/auth.ts';

import { receiptExample, countExample, transferExample, ids } from './examples.ts';
import { openScene, type Scene } from './testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const everyRole = AccountRole.anyOf.map((role) => role.const);
const readers = ['support', 'warehouse', 'admin'];
const movers = ['warehouse', 'admin'];

describe.each([
  ['GET', '/v1/stock', undefined, readers],
  ['GET', `/v1/stock/${ids.storeId}/${ids.productId}`, undefined, readers],
  ['GET', '/v1/stock/alerts', undefined, readers],
  ['GET', '/v1/stock/settings', undefined, readers],
  ['GET', '/v1/movements', undefined, readers],
  ['GET', `/v1/reservations/${ids.orderId}`, undefined, readers],
  ['PATCH', `/v1/stock/${ids.storeId}/${ids.productId}`, { lowAt: 1 }, movers],
  ['PUT', '/v1/stock/settings', { onlineStoreId: null }, ['admin']],
  ['POST', '/v1/receipts', receiptExample, movers],
  ['POST', '/v1/transfers', transferExample, movers],
  ['POST', '/v1/counts', countExample, movers],
] as const)('%s %s', (method, url, body, allowed: readonly string[]) => {
  const call = (as?: (typeof everyRole)[number]) =>
    scene.call(method, url, {
      ...(as === undefined ? {} : { as }),
      ...(body === undefined ? {} : { body }),
      ifMatch: '"0-0-0"',
      idempotencyKey: randomUUID(),
    });

  it(`is for ${allowed.join(', ')}, and for nobody else`, async () => {
    expect((await call()).status).toBe(401);
    for (const role of everyRole) {
      const { status } = await call(role);
      expect([role, status === 403]).toEqual([role, !allowed.includes(role)]);
    }
  });
});

it('availability is for anyone', async () => {
  expect((await scene.call('GET', `/v1/availability?productId=${ids.productId}`)).status).toBe(200);
});
