/**
 * Goal: every row of a file has an answer, what is answered is committed, and what comes out goes in unchanged.
 * Method: the service over HTTP on a database of its own. Planted once each: rows reported before they are committed, the guard left out of the export, a limit that is
 * not looked at while the body streams, a file that says nothing of states.
 */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';

import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import pg from 'pg';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { IMPORT_LIMIT_BYTES, IMPORT_LIMIT_ROWS, ImportEnd, ImportReportLine } from '#contracts/catalog-files.ts';
import { productIdOf } from '#contracts/ids.ts';
import { exportProducts } from '../export/export.ts';
import { openScene, type Scene } from '../testing/scene.ts';

let scene: Scene;
let owner: pg.Client;
let origin: { readonly host: string; readonly port: string };
beforeAll(async () => {
  scene = await openScene();
  owner = new pg.Client({ connectionString: scene.region.urls.url });
  await owner.connect();
  const { hostname: host, port } = new URL(await scene.app.listen({ host: '127.0.0.1', port: 0 }));
  origin = { host, port };
});
afterAll(async () => {
  await owner.end();
  await scene.close();
});

const header = 'sku,amountMinor,currency,pricedAt,name,categoryId';
const AT = '2026-03-01T09:30:00.000000Z';
const rows = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n},295,GBP,${AT},Thing ${n},\n`).join('');

const send = async (payload: string | Buffer | Readable, media = 'text/csv', as: 'admin' | 'customer' = 'admin') => {
  const answer = await scene.app.inject({
    method: 'POST',
    url: '/v1/products/import',
    headers: { 'content-type': media, authorization: `Bearer ${await scene.tokenOf(as)}` },
    payload,
  });
  return { status: answer.statusCode, text: answer.body };
};
const reportOf = (text: string): { lines: ImportReportLine[]; end: ImportEnd } => {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => Value.Parse(ImportReportLine, JSON.parse(line)));
  return { lines: lines.slice(0, -1), end: Value.Parse(ImportEnd, lines.at(-1)) };
};
const importFile = async (payload: string | Buffer | Readable, media?: string) => {
  const { status, text } = await send(payload, media);
  expect(status, text).toBe(200);
  return reportOf(text);
};
const exportFile = async (format: string) => (await scene.call('GET', `/v1/products/export?format=${format}`, { as: 'admin' })).body;
const countOf = async (prefix: string): Promise<number> =>
  Number((await scene.database.pool.query('SELECT count(*) AS n FROM catalog.product WHERE sku LIKE $1', [`${prefix}-%`])).rows[0].n);

describe('an import', () => {
  it('answers each row by its line, and again finds all unchanged', async () => {
    const text = `${header}\nR-1,295,GBP,${AT},One,\nR-2,2.95,GBP,${AT},Two,\nR-3,1,GBP,${AT},,\nR-1,300,GBP,2026-03-02T00:00:00Z,,\nR-4,1,GBP\nR-1,1,GBP,2999-01-01T00:00:00Z,,\n`;
    const published = scene.published();
    const { lines, end } = await importFile(text);
    expect(lines).toMatchObject([
      { line: 2, status: 'created', id: productIdOf('R-1') },
      { line: 3, status: 'rejected', code: 'invalid_request', message: expect.stringContaining('price.amountMinor') },
      { line: 4, status: 'rejected', code: 'invalid_request', message: expect.stringContaining('name') },
      { line: 5, status: 'changed', id: productIdOf('R-1') },
      { line: 6, status: 'rejected', code: 'invalid_request', message: 'The row has 3 fields, the header 6.' },
      { line: 7, status: 'rejected', code: 'invalid_request', message: 'pricedAt has not come yet.' },
    ]);
    expect(end).toEqual({ complete: true, rows: 6, created: 1, changed: 1, unchanged: 0, rejected: 4 });
    expect(scene.published()).toBe(published + 1);
    expect((await importFile(text)).end).toMatchObject({ created: 0, changed: 0, unchanged: 2, rejected: 4 });
  });

  it('takes NDJSON as well, and a header without rows', async () => {
    const item = { sku: 'N-1', price: { amountMinor: 5, currency: 'GBP' }, pricedAt: AT, name: 'N' };
    const { lines } = await importFile(`${JSON.stringify(item)}\n{"sku":1}\n`, 'application/x-ndjson; charset=utf-8');
    expect(lines).toMatchObject([
      { line: 1, status: 'created' },
      { line: 2, status: 'rejected', code: 'invalid_request' },
    ]);
    expect(await importFile(`${header}\n`)).toMatchObject({ lines: [], end: { complete: true, rows: 0 } });
  });

  it.each([
    ['an empty file', '', 'text/csv', 400, 'malformed_body', /Line 1: The file is empty/],
    ['a wrong header', 'a,b\n1,2\n', 'text/csv', 400, 'malformed_body', /lacks: sku/],
    ['another encoding', Buffer.from(`${header}\n`, 'utf16le'), 'text/csv', 400, 'malformed_body', /UTF-8/],
    ['a file ten times too large', Buffer.alloc(10 * IMPORT_LIMIT_BYTES, 'a'), 'text/csv', 413, 'body_too_large', /4194304 bytes/],
    ['another media type', '{}', 'application/json', 415, 'unsupported_media_type', /text\/csv, application\/x-ndjson/],
    ['none', '{}', '', 415, 'unsupported_media_type', /./],
  ])('refuses %s, and changes nothing', async (_what, payload, media, status, code, detail) => {
    const answer = await send(payload, media);
    expect(JSON.parse(answer.text)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
  });

  it('tells what is committed where the file goes wrong later, and has committed that', async () => {
    const cut = await importFile(`${header}\n${rows('CUT', 700)}CUT-700,295,GB`);
    expect(cut.lines).toHaveLength(700);
    expect(cut.end).toMatchObject({
      complete: false,
      line: 702,
      code: 'malformed_body',
      created: 700,
      message: expect.stringMatching(/cut off/),
    });
    expect(await countOf('CUT')).toBe(700);

    async function* endless() {
      yield Buffer.from(`${header}\n${rows('BIG', 1_000)}`);
      for (;;) yield Buffer.from(`wrong,${'x'.repeat(50_000)}\n`);
    }
    const big = await importFile(Readable.from(endless()));
    expect(big.end).toMatchObject({ complete: false, code: 'body_too_large', created: 1_000 });
    expect(await countOf('BIG')).toBe(1_000);

    const long = await importFile(`${header}\n${'x,1\n'.repeat(IMPORT_LIMIT_ROWS + 1)}`);
    expect(long.end).toMatchObject({ complete: false, code: 'body_too_large', line: IMPORT_LIMIT_ROWS + 2, rejected: IMPORT_LIMIT_ROWS });
  });

  it('tells what is committed where the database goes between two batches', async () => {
    await owner.query(`
      CREATE FUNCTION catalog.refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'gone' USING ERRCODE = '57P01'; END $$;
      CREATE TRIGGER late BEFORE INSERT ON catalog.product FOR EACH ROW WHEN (NEW.sku = 'LATE-600') EXECUTE FUNCTION catalog.refuse_late()`);
    const { lines, end } = await importFile(`${header}\n${rows('LATE', 700)}`);
    expect(lines).toHaveLength(500);
    expect(end).toEqual({ complete: false, rows: 500, created: 500, changed: 0, unchanged: 0, rejected: 0, code: 'unavailable' });
    expect(await countOf('LATE')).toBe(500);
    await owner.query('DROP TRIGGER late ON catalog.product');
    expect((await importFile(`${header}\n${rows('LATE', 700)}`)).end).toMatchObject({ complete: true, created: 200, unchanged: 500 });
  });

  it('reports while the file is still on its way, and keeps what is committed where the client goes', async () => {
    const client = httpRequest({
      ...origin,
      method: 'POST',
      path: '/v1/products/import',
      headers: { 'content-type': 'text/csv', authorization: `Bearer ${await scene.tokenOf('admin')}` },
    });
    client.on('error', () => undefined);
    // One more than a batch: the parser waits with the last until it sees what follows.
    client.write(`${header}\n${rows('HALF', 501)}`);
    const [response] = await once(client, 'response');
    const [piece] = await once(response, 'data');
    expect(String(piece)).toContain('{"line":2,"status":"created"');
    expect(await countOf('HALF')).toBe(500);
    response.on('error', () => undefined);
    client.destroy();
    expect((await importFile(`${header}\n${rows('HALF', 500)}`)).end).toMatchObject({ unchanged: 500 });
  });
});

describe('an export', () => {
  it('is a file that an import finds unchanged, whatever names and stock codes hold', async () => {
    const skuText = fc.string({ unit: fc.constantFrom('=', "'", '-', '"', ',', 'a', '9'), minLength: 1, maxLength: 8 });
    const nameText = fc.string({ unit: fc.constantFrom('=', "'", '@', '"', ',', ';', '人', '😀', 'b'), minLength: 1, maxLength: 12 });
    await owner.query('DELETE FROM catalog.product');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(skuText, { minLength: 1, maxLength: 20 }),
        fc.array(nameText, { minLength: 20, maxLength: 20 }),
        async (skus, names) => {
          const items = skus.map((sku, n) => ({ sku, price: { amountMinor: n, currency: 'GBP' }, pricedAt: AT, name: names[n] }));
          expect((await importFile(items.map((item) => JSON.stringify(item)).join('\n'), 'application/x-ndjson')).end.rejected).toBe(0);
          const csv = String(await exportFile('csv'));
          const cells = Value.Parse(Type.Array(Type.Array(Type.String())), parse(csv)).flat();
          expect(cells.filter((cell) => /^[=+@\t-]/.test(cell))).toEqual([]);
          const exported = String(await exportFile('ndjson'))
            .trimEnd()
            .split('\n').length;
          const report = await importFile(csv);
          expect(report.end).toEqual({ complete: true, rows: exported, created: 0, changed: 0, unchanged: exported, rejected: 0 });
          const held = await scene.database.pool.query('SELECT sku, name FROM catalog.product ORDER BY sku');
          // Into a catalogue that has none of it the file brings all of it back.
          await owner.query('DELETE FROM catalog.product');
          expect((await importFile(csv)).end).toMatchObject({ created: exported, rejected: 0 });
          expect((await scene.database.pool.query('SELECT sku, name FROM catalog.product ORDER BY sku')).rows).toEqual(held.rows);
        },
      ),
      { numRuns: 8 },
    );
  }, 120_000);

  it.each(['csv', 'ndjson'])('brings back as %s what nobody may see as that, and leaves what is there as it is', async (format) => {
    const [draft, archived, shown] = ['DRAFT', 'ARCHIVED', 'SHOWN'].map((sku) => `${sku}-${format}`);
    for (const [sku, state] of [
      [draft, 'draft'],
      [archived, 'published'],
      [shown, 'published'],
    ]) {
      const body = { sku, name: `Thing ${sku}`, price: { amountMinor: 1, currency: 'GBP' }, pricedAt: AT, state };
      expect((await scene.call('POST', '/v1/products', { as: 'admin', body })).status).toBe(201);
    }
    await scene.call('POST', `/v1/products/${productIdOf(String(archived))}/archive`, { as: 'admin' });
    const states = async () =>
      (await owner.query('SELECT sku, state FROM catalog.product WHERE sku = ANY ($1) ORDER BY sku', [[draft, archived, shown]])).rows;
    const before = await states();
    expect(before).toMatchObject([{ state: 'archived' }, { state: 'draft' }, { state: 'published' }]);
    const file = String(await exportFile(format));
    const media = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
    await owner.query('DELETE FROM catalog.publication');
    await owner.query('DELETE FROM catalog.product');
    expect((await importFile(file, media)).end).toMatchObject({ complete: true, rejected: 0 });
    expect(await states()).toEqual(before);
    // Again, and with a later price: a file publishes nothing that is there.
    const later = file.replaceAll(AT, '2026-03-02T00:00:00.000000Z').replaceAll(/\b(draft|archived)\b/g, 'published');
    expect((await importFile(later, media)).end).toMatchObject({ created: 0, rejected: 0 });
    expect(await states()).toEqual(before);
  });

  it('reads a batch when it is taken, and holds nothing in between', async () => {
    await owner.query(`INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at)
      SELECT gen_random_uuid(), 'MANY-' || to_char(n, 'FM0000'), repeat('x', 200), n, 'GBP', now() FROM generate_series(1, 5000) n`);
    const pieces = exportProducts(scene.database.db, 'csv');
    const take = async () => String((await pieces.next()).value);
    expect((await take()).split('\r\n').length).toBe(502);
    // Nothing is read ahead, and no transaction waits: what is written now, further on, comes.
    await owner.query(`UPDATE catalog.product SET name = 'later' WHERE sku = 'MANY-5000'`);
    const { rows: open } = await owner.query(
      `SELECT FROM pg_stat_activity WHERE usename = 'catalog' AND state <> 'idle' AND datname = current_database()`,
    );
    expect(open).toEqual([]);
    let rest = '';
    for await (const piece of pieces) rest += piece;
    expect(rest).toMatch(/\r\nMANY-5000,5000,GBP,[^,]*,later,,published\r\n/);
  });

  it('is told from JSON by its type, and has a name', async () => {
    const { headers, status } = await scene.call('GET', '/v1/products/export', { as: 'catalogue' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="products.csv"',
    });
  });

  it('that breaks is a problem, or no whole answer', async () => {
    await owner.query(`INSERT INTO catalog.product (id, sku, name, price_minor, currency, priced_at)
      SELECT gen_random_uuid(), 'SIZE-' || n, repeat('x', 200), n, 'GBP', now() FROM generate_series(1, 20000) n`);
    const authorization = `Bearer ${await scene.tokenOf('admin')}`;
    const client = httpRequest({ ...origin, path: '/v1/products/export', headers: { authorization } }).end();
    const [response] = await once(client, 'response');
    // Far from all of it fits into the buffers on the way.
    await owner.query('ALTER TABLE catalog.product RENAME COLUMN name TO gone');
    const read = async () => {
      for await (const piece of response) expect(piece.length).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await scene.call('GET', '/v1/products/export', { as: 'admin' })).status).toBe(500);
    await owner.query('ALTER TABLE catalog.product RENAME COLUMN gone TO name');
  });
});
