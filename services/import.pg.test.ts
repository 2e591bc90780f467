/**
 * Goal: a file is lived once, whatever the importer and the services go through, and the report says so only where it is so. Real services on a real database, over HTTP.
 * Planted here, and seen to fail: an order that is cancelled behind the shop's back, one that the file does not have, a penny more, a return that is gone.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { auditBooks } from '#order/testing/books.ts';
import { brokenRules } from '#inventory/testing/books.ts';

import { runLife, type LifeOptions } from '#sim/import/life/run-life.ts';
import { optionsOf, type ChildOptions } from '#sim/import/life/testing/child.ts';

import { openFront, type TestFront } from './testing/front.ts';

const sample = fileURLToPath(new URL('../sim/import/sample.csv', import.meta.url));
const child = fileURLToPath(new URL('../sim/import/life/testing/child.ts', import.meta.url));

let front: TestFront;
let inspect: pg.Pool;
let dir: string;
let token: string;

beforeEach(async () => {
  front = await openFront();
  inspect = new pg.Pool({ connectionString: front.every.region.urls.url, max: 2 });
  dir = await mkdtemp(join(tmpdir(), 'life-'));
  token = await front.every.tokenOf('admin');
});
afterEach(async () => {
  expect(front.every.faults()).toEqual([]);
  await inspect.end();
  await front.close();
  await rm(dir, { recursive: true, force: true });
});

const childOptions = (file = sample): ChildOptions => ({
  file,
  url: front.url,
  databaseUrl: front.every.region.urls.url,
  token,
  reportFile: join(dir, 'report.json'),
  leftOutFile: join(dir, 'left-out.jsonl'),
  journalFile: join(dir, 'journal.json'),
});
const live = (more: Partial<LifeOptions> = {}, file = sample) => runLife({ ...optionsOf(childOptions(file)), ...more });
const salesOf = async () => (await inspect.query('SELECT reference, order_id FROM orders.sale ORDER BY reference')).rows;
const sum = async (query: string) => Number((await inspect.query(query)).rows[0].sum);

describe('a file', () => {
  it('is lived whole: customers, goods, orders, returns, and the books are the file’s', async () => {
    const report = await live();
    expect(report).toMatchObject({ outcome: 'done', rows: 500, orders: { ordersKnown: 0, returnsRecorded: 2, returnsKnown: 0 } });
    expect(report.reconciliation).toMatchObject({ agrees: true, differenceCount: 0 });
    expect(report.orders.ordersRecorded).toBeGreaterThan(80);
    const left = (await readFile(join(dir, 'left-out.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { reason: string });
    expect(left.length).toBe(Object.values(report.leftOut).reduce((all, { rows }) => all + rows, 0));
    expect(report.leftOut.not_a_product?.rows).toBe(left.filter(({ reason }) => reason === 'not_a_product').length);

    expect(report.reconciliation?.total.file.minor).toBe(
      (await sum('SELECT sum(unit_minor * quantity) FROM orders.order_line')) -
        (await sum(
          'SELECT coalesce(sum(b.quantity * l.unit_minor), 0) AS sum FROM orders.return_line b JOIN orders.order_line l USING (order_id, line)',
        )),
    );
    expect(await sum('SELECT count(DISTINCT account_id) AS sum FROM orders.order')).toBe(report.customers);
    expect(await auditBooks({ inspect })).toEqual([]);
    expect(await brokenRules(inspect)).toEqual([]);
    expect(JSON.parse(await readFile(join(dir, 'report.json'), 'utf8'))).toEqual(report);
  });

  it('that is lived again is no other life', async () => {
    const first = await live();
    const before = await salesOf();
    const stock = await sum('SELECT sum(on_hand) FROM inventory.stock');
    await inspect.query('TRUNCATE orders.idempotency_key, inventory.idempotency_key');
    const again = await live();
    expect(again.orders).toEqual({ ordersRecorded: 0, ordersKnown: first.orders.ordersRecorded, returnsRecorded: 0, returnsKnown: 2 });
    expect(again.reconciliation?.agrees).toBe(true);
    expect(await salesOf()).toEqual(before);
    expect(await sum('SELECT sum(on_hand) FROM inventory.stock')).toBe(stock);
  });

  it('of which nothing is sold says of every row why', async () => {
    const file = join(dir, 'nothing.csv');
    const [header] = (await readFile(sample, 'utf8')).split('\n');
    const rows = [
      '536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,United Kingdom',
      'C536379,85123A,HEART HOLDER,-1,2010-12-01 09:41:00,2.55,14527,United Kingdom',
      '536380,85123A,HEART HOLDER,1,2010-12-01 09:42:00,0.00,14527,United Kingdom',
    ];
    await writeFile(file, [header, ...rows, ''].join('\n'));
    const report = await live({}, file);
    expect(report).toMatchObject({ outcome: 'done', rows: 3, orders: { ordersRecorded: 0, returnsRecorded: 0 } });
    expect(Object.entries(report.leftOut).map(([reason, { rows: count }]) => [reason, count])).toEqual([
      ['not_a_product', 1],
      ['no_price', 1],
      ['not_bought', 1],
    ]);
    expect(report.reconciliation).toMatchObject({
      agrees: true,
      total: { file: { units: 0, minor: 0 }, database: { units: 0, minor: 0 } },
    });
    expect((await readFile(join(dir, 'left-out.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(3);
  });

  it('is lived once by services that lose their answers and are busy', async () => {
    let turn = 0;
    front.mishap = () => (['none', 'answer-lost', 'busy', 'none', 'answer-lost'] as const)[(turn += 1) % 5]!;
    const report = await live({ retryDeps: { sleep: async () => undefined, random: () => 0.01, nowMs: () => 0 } });
    expect(report.retries).toBeGreaterThan(5);
    expect(report.reconciliation).toMatchObject({ agrees: true });
    expect(await auditBooks({ inspect })).toEqual([]);
    expect(await brokenRules(inspect)).toEqual([]);
  });
});

describe('an importer', () => {
  it.each([1, 2, 3])('that is killed after %i requests of sales goes on when it is started again', async (after) => {
    const importer = spawn(process.execPath, [child, JSON.stringify(childOptions())], { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise<string | null>((resolve) => importer.once('close', (_code, signal) => resolve(signal)));
    // In the middle of a request: the service has done it, and nobody hears the answer.
    front.mishap = (name) => {
      if (name !== 'POST /v1/orders/sales' || front.answered.filter((one) => one === name).length < after - 1) return 'none';
      importer.kill('SIGKILL');
      return 'answer-lost';
    };
    expect(await ended).toBe('SIGKILL');
    front.mishap = () => 'none';
    // The service may still be at it.
    await expect.poll(async () => (await salesOf()).length, { timeout: 10_000 }).toBeGreaterThan(0);
    const killed = (await salesOf()).length;
    const report = await live();
    expect(report.orders.ordersKnown).toBeGreaterThanOrEqual(killed);
    expect(report.reconciliation).toMatchObject({ agrees: true });
    expect(await auditBooks({ inspect })).toEqual([]);
    expect(await brokenRules(inspect)).toEqual([]);
  });

  it('that is told to stop says so, and goes on when it is started again', async () => {
    const stop = new AbortController();
    front.mishap = (name) => {
      if (name === 'POST /v1/orders/sales') stop.abort();
      return 'none';
    };
    const report = await live({ signals: { stop: stop.signal, abandon: new AbortController().signal } });
    expect(report).toMatchObject({ outcome: 'interrupted' });
    expect(report.reconciliation).toBeUndefined();
    front.mishap = () => 'none';
    expect((await live()).reconciliation).toMatchObject({ agrees: true });
  });

  it('with a damaged file reports its line, and takes the mended one', async () => {
    const lines = (await readFile(sample, 'utf8')).split('\n');
    const damaged = join(dir, 'sample.csv');
    await writeFile(damaged, [...lines.slice(0, 300), 'broken', ...lines.slice(300)].join('\n'));
    const report = await live({}, damaged);
    expect(report).toMatchObject({ outcome: 'failed', problem: { fault: 'file', line: 301 } });
    await writeFile(damaged, lines.join('\n'));
    expect((await live({}, damaged)).reconciliation).toMatchObject({ agrees: true });
  });

  it.each([
    ['is not there', undefined, /There is no file/],
    ['has other columns', 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice\n', /CustomerID, Country are missing/],
  ])('refuses a file that %s', async (_what, content, message) => {
    const file = join(dir, 'bad.csv');
    if (content !== undefined) await writeFile(file, content);
    const report = await live({}, file);
    expect(report).toMatchObject({ outcome: 'failed', problem: { fault: 'file' } });
    expect(report.problem?.message).toMatch(message);
  });
});

describe('the report', () => {
  const planted: readonly [string, string][] = [
    [
      'an order is lost',
      `UPDATE orders.order SET state = 'cancelled' WHERE id = (SELECT order_id FROM orders.sale ORDER BY reference LIMIT 1)`,
    ],
    [
      'an order is there twice',
      `WITH one AS (SELECT o.* FROM orders.order o JOIN orders.sale s ON s.order_id = o.id ORDER BY s.reference LIMIT 1),
        copied AS (INSERT INTO orders.order (id, number, account_id, state, payment_state, fulfilment_state, currency, country, tax_basis_points,
            shipping_net_minor, shipping_tax_minor, net_minor, tax_minor, total_minor, expires_at)
          SELECT gen_random_uuid(), 'W-0', account_id, state, payment_state, fulfilment_state, currency, country, tax_basis_points,
            shipping_net_minor, shipping_tax_minor, net_minor, tax_minor, total_minor, expires_at FROM one RETURNING id, total_minor),
        paid AS (INSERT INTO orders.payment (id, order_id, state, amount_minor, currency) SELECT gen_random_uuid(), id, 'captured', total_minor, 'GBP' FROM copied),
        lines AS (INSERT INTO orders.order_line (order_id, line, product_id, sku, name, unit_minor, quantity, net_minor, tax_minor, total_minor)
          SELECT c.id, l.line, l.product_id, l.sku, l.name, l.unit_minor, l.quantity, l.net_minor, l.tax_minor, l.total_minor
          FROM copied c, orders.order_line l, one WHERE l.order_id = one.id)
        INSERT INTO orders.sale (reference, order_id, channel, sold_at, content_hash, actor)
        SELECT s.reference || '.99', c.id, s.channel, s.sold_at, '', s.actor FROM orders.sale s, copied c, one WHERE s.order_id = one.id`,
    ],
    [
      'a penny is off',
      `UPDATE orders.order_line SET unit_minor = unit_minor + 1 WHERE quantity = 1 AND (order_id, line) = (SELECT order_id, line FROM orders.order_line WHERE quantity = 1 LIMIT 1)`,
    ],
    [
      'a sale is of another month',
      `UPDATE orders.sale SET sold_at = sold_at + interval '1 month' WHERE reference = (SELECT min(reference) FROM orders.sale)`,
    ],
    ['something came back in another month', `UPDATE orders.return SET returned_at = returned_at + interval '1 month'`],
    [
      'something came back twice',
      `WITH one AS (SELECT id FROM orders.return ORDER BY id LIMIT 1),
        copied AS (INSERT INTO orders.return
          SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'reference', reference || '.99', 'refund_id', NULL))).*
          FROM orders.return r WHERE r.id = (SELECT id FROM one) RETURNING id)
        INSERT INTO orders.return_line
        SELECT (jsonb_populate_record(l, jsonb_build_object('return_id', c.id))).* FROM orders.return_line l, one, copied c WHERE l.return_id = one.id`,
    ],
  ];

  it.each(planted)('fails where %s behind its back', async (_what, statement) => {
    expect((await live()).reconciliation?.agrees).toBe(true);
    const { rowCount } = await inspect.query(statement);
    expect(rowCount).toBeGreaterThan(0);
    // Everything is there already under its reference: nothing is sent that would mend it.
    const { reconciliation } = await live();
    expect(reconciliation?.agrees).toBe(false);
    expect(reconciliation?.differenceCount).toBeGreaterThan(0);
  });

  it('is not come to where a reference stands for something else than the file says', async () => {
    expect((await live()).reconciliation?.agrees).toBe(true);
    await inspect.query('UPDATE orders.return_line SET quantity = quantity + 1');
    const { outcome, problem } = await live();
    expect(outcome).toBe('failed');
    expect(problem?.message).toContain('Something else was taken back');
  });
});
