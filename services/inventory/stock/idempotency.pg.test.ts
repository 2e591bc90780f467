import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { brokenRules } from '../testing/books.ts';
import { BRANCH, ONLINE, openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
afterEach(async () => expect(await brokenRules(scene.inspect)).toEqual([]));

const requests = (productId: string) =>
  [
    ['/v1/receipts', { storeId: ONLINE, lines: [{ productId, quantity: 3 }] }, 13],
    ['/v1/transfers', { fromStoreId: ONLINE, toStoreId: BRANCH, lines: [{ productId, quantity: 3 }] }, 7],
    ['/v1/counts', { storeId: ONLINE, lines: [{ productId, counted: 4 }] }, 4],
  ] as const;

it.each([0, 1, 2])('what is sent again under its key is done once, and answered the same (%i)', async (which) => {
  const product = await scene.product(10);
  const [path, body, onHand] = requests(product)[which]!;
  const idempotencyKey = randomUUID();
  const send = () => scene.call('POST', path, { as: 'warehouse', body, idempotencyKey });
  const [first, again] = [await send(), await send()];
  expect([first.status, again.status, again.headers['idempotency-replayed']]).toEqual([201, 201, 'true']);
  expect(again.body).toEqual(first.body);
  expect((await scene.stock(product))[0]).toBe(onHand);
  expect(await scene.call('POST', path, { as: 'warehouse', body })).toMatchObject({
    status: 400,
    body: { code: 'idempotency_key_missing' },
  });
  const other = { ...body, reference: 'another' };
  expect((await scene.call('POST', path, { as: 'warehouse', body: other, idempotencyKey })).status).toBe(422);
});

it('many times at once it is done once', async () => {
  const product = await scene.product(10);
  const idempotencyKey = randomUUID();
  const body = { storeId: ONLINE, lines: [{ productId: product, quantity: 1 }] };
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => scene.call('POST', '/v1/receipts', { as: 'warehouse', body, idempotencyKey })),
  );
  expect(answers.map(({ status }) => status).filter((status) => status !== 201 && status !== 409)).toEqual([]);
  expect(await scene.stock(product)).toEqual([11, 0]);
});

it('what was refused may be sent again under its key', async () => {
  const product = await scene.product(1);
  const idempotencyKey = randomUUID();
  const body = { fromStoreId: ONLINE, toStoreId: BRANCH, lines: [{ productId: product, quantity: 2 }] };
  const send = async () => (await scene.call('POST', '/v1/transfers', { as: 'warehouse', body, idempotencyKey })).status;
  expect(await send()).toBe(409);
  await scene.call('POST', '/v1/receipts', {
    as: 'warehouse',
    body: { storeId: ONLINE, lines: [{ productId: product, quantity: 1 }] },
    idempotencyKey: randomUUID(),
  });
  expect(await send()).toBe(201);
});
