import { Type } from 'typebox';

import { CSV, ExportQuery, NDJSON } from '#contracts/catalog-files.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';
import { streamOf } from '#platform/routes/streamed-answer.ts';

import { type CatalogDeps, staffRoles } from '../deps.ts';
import { csvExample } from '../examples.ts';
import { exportProducts } from './export.ts';

export function registerExport(app: App, { db }: CatalogDeps): void {
  const exports = operation({
    id: 'exportProducts',
    summary:
      'All products as a file that an import takes, streamed; CSV where nothing is said. What belongs to a product - translations, prices by region, media, variants - is not in it',
    access: { roles: staffRoles },
    request: { querystring: ExportQuery },
    answers: { 200: Type.String() },
    media: [CSV, NDJSON],
    errors: [],
    example: { query: { format: 'csv' }, answer: csvExample },
  });
  app.get('/v1/products/export', exports, async (request, reply) => {
    const { format = 'csv' } = request.query;
    return reply
      .type(format === 'csv' ? `${CSV}; charset=utf-8; header=present` : NDJSON)
      .header('content-disposition', `attachment; filename="products.${format}"`)
      .header('cache-control', 'no-store')
      .send(await streamOf(exportProducts(db, format)));
  });
}
