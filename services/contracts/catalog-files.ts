import { Type, type Static } from 'typebox';

import { closed, orNull, Uuid } from './values.ts';

export const CSV = 'text/csv';
export const NDJSON = 'application/x-ndjson';

/** What a file may have. */
export const IMPORT_LIMIT_BYTES = 4 * 1024 * 1024;
export const IMPORT_LIMIT_ROWS = 20_000;

/** The columns of products in CSV. The first four have to be there; `name` too, of a product that is new. `state` is that in which one that is new begins. */
export const productColumns = ['sku', 'amountMinor', 'currency', 'pricedAt', 'name', 'categoryId', 'state'] as const;

const Count = Type.Integer({ minimum: 0 });

/** What became of the row that ends in `line` of the file. It is committed when this is sent. */
export const ImportedRow = Type.Object(
  {
    line: Type.Integer({ minimum: 1 }),
    status: Type.Union([Type.Literal('created'), Type.Literal('changed'), Type.Literal('unchanged'), Type.Literal('rejected')]),
    id: orNull(Uuid),
    /** Of a row that was rejected. */
    code: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
  },
  closed,
);
export type ImportedRow = Static<typeof ImportedRow>;

/** The last line of a report. Where the import broke off, what has been reported is committed, and nothing after it. */
export const ImportEnd = Type.Object(
  {
    complete: Type.Boolean(),
    rows: Count,
    created: Count,
    changed: Count,
    unchanged: Count,
    rejected: Count,
    /** Where and why it broke off. */
    line: Type.Optional(Type.Integer({ minimum: 1 })),
    code: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
  },
  closed,
);
export type ImportEnd = Static<typeof ImportEnd>;

export const ImportReportLine = Type.Union([ImportedRow, ImportEnd]);
export type ImportReportLine = Static<typeof ImportReportLine>;

export const ExportQuery = Type.Object({ format: Type.Optional(Type.Union([Type.Literal('csv'), Type.Literal('ndjson')])) }, closed);
