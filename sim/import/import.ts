import { ApiError } from '../region-api/api.ts';
import { categoryOf, categorySeeds } from './categories.ts';
import type { Catalogue, PriceItem } from './catalogue.ts';
import { InputError, type Input } from './input.ts';
import { openLanes, type Lanes } from './lanes.ts';
import { openLedger, type PriceLedger } from './ledger.ts';
import { countRejection, countResult, type Problem, type Report } from './report.ts';
import type { Signals } from '../region-api/retry.ts';
import { readRow, type RawRow } from './row.ts';

export interface ImportDeps {
  readonly input: Input;
  readonly catalogue: Catalogue;
  readonly laneCount: number;
  readonly batchSize: number;
  /** Stopped: requests under way are answered and counted, nothing more is sent. */
  readonly signals: Signals;
}

/**
 * Imports the rows of `deps.input`: each product with its first price, and each later price as a write of its own, in the order of time
 * a product. Counts into `report` as it goes, so that it tells what was done however this ends. Throws `InputError` or `ApiError`
 * after all requests under way have been answered; whatever was written by then is a correct beginning of each product's history.
 */
export async function importRows(deps: ImportDeps, report: Report): Promise<void> {
  const categoryIds = await deps.catalogue.ensureCategories(categorySeeds, deps.signals);
  const lanes = openLanes<PriceItem>({
    count: deps.laneCount,
    batchSize: deps.batchSize,
    signal: deps.signals.stop,
    send: async (items) => {
      const results = await deps.catalogue.sendPrices(items, deps.signals);
      report.requests += 1;
      for (const [index, result] of results.entries()) countResult(report, items[index]?.sku ?? '', result);
    },
  });
  // A damaged file ends the reading, not the sending: what was read before it is good.
  const ending = await readInto(lanes, deps, categoryIds, report).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  await lanes.finish();
  if (ending !== undefined) throw ending.error;
}

async function readInto(
  lanes: Lanes<PriceItem>,
  deps: ImportDeps,
  categoryIds: ReadonlyMap<string, string>,
  report: Report,
): Promise<void> {
  const ledger = openLedger();
  for await (const { line, raw } of deps.input.rows) {
    if (deps.signals.stop.aborted) return;
    report.rowsRead += 1;
    const item = itemOf(raw, line, ledger, categoryIds, report);
    report.products = ledger.size;
    if (item === undefined) continue;
    const room = lanes.push(item.sku, item);
    if (room !== undefined) await room;
  }
}

/** The price to send for a row, if there is one; counts what the row was. */
function itemOf(
  raw: RawRow,
  line: number,
  ledger: PriceLedger,
  categoryIds: ReadonlyMap<string, string>,
  report: Report,
): PriceItem | undefined {
  const reading = readRow(raw);
  if ('rejected' in reading) {
    countRejection(report, reading.rejected, line, raw);
    return undefined;
  }
  const { sku, name, amountMinor, instantMs } = reading.row;
  const movement = ledger.move({ sku, named: name !== undefined, amountMinor, instantMs });
  const price = { amountMinor, currency: 'GBP' } as const;
  switch (movement.kind) {
    case 'new': {
      const categoryId = name === undefined ? undefined : categoryIds.get(categoryOf(name));
      return {
        sku,
        price,
        pricedAt: movement.pricedAt,
        ...(name === undefined ? {} : { name }),
        ...(categoryId === undefined ? {} : { categoryId }),
      };
    }
    case 'changed':
      report.priceChanges += 1;
      return { sku, price, pricedAt: movement.pricedAt };
    case 'same':
      report.repeatedPrices += 1;
      return undefined;
    case 'nameless':
      countRejection(report, 'no_description', line, raw);
      return undefined;
    case 'older':
      countRejection(report, 'out_of_order', line, raw);
      return undefined;
    default:
      return movement satisfies never;
  }
}

/** What stopped an import, in a sentence, and the line of the file where it is the file's fault. Undefined for errors of our own making. */
export function explain(error: unknown): Problem | undefined {
  const { message } = error instanceof Error ? error : { message: '' };
  if (error instanceof InputError) return { message, fault: 'file', ...(error.line === undefined ? {} : { line: error.line }) };
  if (!(error instanceof ApiError)) return undefined;
  return { message, fault: error.status === undefined || error.status >= 500 ? 'unavailable' : 'refused' };
}
