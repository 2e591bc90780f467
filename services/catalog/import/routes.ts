import { CSV, IMPORT_LIMIT_BYTES, type ImportReportLine, ImportReportLine as ReportLine, NDJSON } from '#contracts/catalog-files.ts';
import type { App } from '#platform/app.ts';
import { commitAndPublish } from '#platform/entity/writes.ts';
import { appErrorOf } from '#platform/problems.ts';
import { operation } from '#platform/routes/operation.ts';
import { streamOf } from '#platform/routes/streamed-answer.ts';
import { bodyPieces, mediaOf } from '#platform/routes/streamed-body.ts';

import { type CatalogDeps, staffRoles } from '../deps.ts';
import { csvExample, productExample } from '../examples.ts';
import { applyBulk } from '../products/bulk.ts';
import { readCsv } from './csv.ts';
import { importRows } from './import.ts';
import { readNdjson } from './ndjson.ts';

export function registerImport(app: App, deps: CatalogDeps): void {
  const imports = operation({
    id: 'importProducts',
    summary:
      'Creates and prices products from a file; the report has a line for each row as it is committed, and one for the end. What is there changes by a `pricedAt` that is later than its own alone, else its row is told as unchanged; one of the future is refused',
    access: { roles: staffRoles },
    request: {},
    takes: { media: [CSV, NDJSON], limitBytes: IMPORT_LIMIT_BYTES },
    answers: { 200: ReportLine },
    media: [NDJSON],
    errors: [],
    example: { body: csvExample, answer: { line: 2, status: 'created', id: productExample.id } },
  });
  app.post('/v1/products/import', imports, async (request, reply) => {
    const pieces = bodyPieces(request);
    const report = importRows(mediaOf(request) === CSV ? readCsv(pieces) : readNdjson(pieces), {
      apply: async (items) => commitAndPublish(deps, request, () => applyBulk(deps.db, items)),
      tell(error) {
        const { code } = appErrorOf(error);
        request.log.error({ err: error, code }, 'an import broke off');
        return code;
      },
    });
    return reply
      .type(NDJSON)
      .header('cache-control', 'no-store')
      .send(await streamOf(linesOf(report)));
  });
}

async function* linesOf(report: AsyncGenerator<ImportReportLine>): AsyncGenerator<string> {
  for await (const line of report) yield `${JSON.stringify(line)}\n`;
}
