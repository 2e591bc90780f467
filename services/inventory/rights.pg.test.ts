/** Who may do what with inventory's tables and functions, by the roles that the database knows. */
import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ONLINE, openScene, type Scene } from './testing/scene.ts';

const DENIED = { code: '42501' };
const OFFERED = [
  'reserve($1, NULL, ARRAY[$1::uuid], ARRAY[1], now())',
  'allocate($1)',
  'release($1)',
  'write_off($1)',
  'ship($1, ARRAY[$1::uuid], ARRAY[1])',
  'take_back($1, NULL, ARRAY[$1::uuid], ARRAY[1])',
  'expire(1, ARRAY[$1::uuid])',
  'return_store_of($1)',
];
const INTERNAL = [
  `lock_stock(ARRAY[$1::uuid], ARRAY[$1::uuid])`,
  `give_back(ARRAY[$1::uuid], 'released')`,
  `tell_availability(ARRAY[$1::uuid], ARRAY['ample'])`,
  'choose_online_store($1)',
];
const TABLES = ['setting', 'stock', 'reservation', 'reservation_line', 'movement', 'alert', 'availability'];

let scene: Scene;
const clients: pg.Client[] = [];
const as = async (role: 'orders' | 'catalog' | 'users' | 'notification' | 'sync' | 'migrator'): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: scene.region.urls.roles[role] });
  await client.connect();
  clients.push(client);
  return client;
};
beforeAll(async () => {
  scene = await openScene();
  await scene.product(3);
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await scene.close();
});

describe('orders', () => {
  it('may call what is offered, and nothing else of the schema', async () => {
    const orders = await as('orders');
    for (const text of OFFERED) await orders.query(`SELECT inventory.${text}`, [randomUUID()]);
    for (const text of INTERNAL) await expect(orders.query(`SELECT inventory.${text}`, [randomUUID()])).rejects.toMatchObject(DENIED);
    for (const table of TABLES) {
      await expect(orders.query(`SELECT FROM inventory.${table}`)).rejects.toMatchObject(DENIED);
      await expect(orders.query(`DELETE FROM inventory.${table}`)).rejects.toMatchObject(DENIED);
    }
  });

  it('may publish what its transactions made of availability', async () => {
    const orders = await as('orders');
    await orders.query('SELECT * FROM sync.outbox_claim(1, 0)');
  });
});

it.each(['catalog', 'users', 'notification', 'sync'] as const)('%s may call and read nothing', async (role) => {
  const client = await as(role);
  for (const text of [...OFFERED, ...INTERNAL])
    await expect(client.query(`SELECT inventory.${text}`, [randomUUID()])).rejects.toMatchObject(DENIED);
  for (const table of TABLES) await expect(client.query(`SELECT FROM inventory.${table}`)).rejects.toMatchObject(DENIED);
});

describe('the service itself', () => {
  it.each([
    ['what is reserved', 'UPDATE inventory.stock SET reserved = 0'],
    ['a row of stock of its own making', `INSERT INTO inventory.stock VALUES (gen_random_uuid(), gen_random_uuid(), 5)`],
    ['reservations', `UPDATE inventory.reservation SET state = 'released'`],
    ['the ledger, to change it', `UPDATE inventory.movement SET delta_on_hand = 9`],
    ['the ledger, to forget it', 'DELETE FROM inventory.movement'],
    [
      'what the ledger says of reservations',
      `INSERT INTO inventory.movement (store_id, product_id, kind, delta_reserved, reference, actor)
      VALUES (gen_random_uuid(), gen_random_uuid(), 'reserved', 1, 'r', 'a')`,
    ],
    ['availability', `UPDATE inventory.availability SET level = 'ample'`],
    ['alerts', 'DELETE FROM inventory.alert'],
  ])('may not write %s', async (_what, text) => {
    await expect(scene.database.pool.query(text)).rejects.toMatchObject(DENIED);
  });
});

describe('the ledger', () => {
  it.each(['UPDATE inventory.movement SET delta_on_hand = 9', 'DELETE FROM inventory.movement', 'TRUNCATE inventory.movement'])(
    'refuses %s to everybody',
    async (text) => {
      const migrator = await as('migrator');
      for (const client of [migrator, scene.inspect]) await expect(client.query(text)).rejects.toMatchObject({ code: '0A000' });
      const replaying = await scene.inspect.connect();
      await replaying.query('SET session_replication_role = replica');
      await expect(replaying.query(text)).rejects.toMatchObject({ code: '0A000' });
      replaying.release(true);
    },
  );
});

it('stock cannot be oversold, whoever writes it', async () => {
  for (const set of ['reserved = on_hand + 1', 'reserved = -1', 'on_hand = -1'])
    await expect(scene.inspect.query(`UPDATE inventory.stock SET ${set} WHERE store_id = $1`, [ONLINE])).rejects.toMatchObject({
      constraint: 'stock_is_not_oversold',
    });
});

it('every function has a search path of its own, and nobody may call it by default', async () => {
  const { rows } = await scene.inspect.query<{ name: string }>(`
    SELECT p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'inventory' AND p.prosecdef
      AND (NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=pg_catalog, pg_temp')
        OR EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0))`);
  expect(rows).toEqual([]);
});
