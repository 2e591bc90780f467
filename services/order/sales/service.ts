import { createHash, randomUUIDv7 } from 'node:crypto';

import type { Region } from '#contracts/regions.ts';
import type { RecordedSales, Sale, SalesRecording } from '#contracts/sale.ts';
import { AppError, codeOf } from '#platform/errors.ts';
import { canonicalInstant } from '#platform/instant.ts';

import { quoteProducts, type Quote } from '../carts/quote.repository.ts';
import type { OrderDeps, Trx } from '../deps.ts';
import { forgetBuyers, holdAccounts } from '../erased.repository.ts';
import { writeInvoices } from '../invoices/service.ts';
import { orderNumberOf } from '../rules/numbers.ts';
import { priceOf, type Pricing } from '../rules/pricing.ts';
import type { Actor } from '../states/advance.ts';
import { handOver } from '../stock.repository.ts';
import { requireStore } from '../store.repository.ts';
import { soldHistory } from './history.ts';
import { insertSoldLines, insertSoldOrders, nextSerials, selectRecorded, takeReferences } from './sales.repository.ts';
import { requireSound } from './sound.ts';

/** PostgreSQL's `object_not_in_prerequisite_state`: the region has no online store to take from. */
const NO_STORE = '55000';

/** Who records, as the history names them and as the sale does. */
export interface Recorder {
  readonly accountId: string;
  readonly role: Actor;
}

/**
 * Records sales that are over as orders at the prices that were agreed: paid elsewhere, handed over, taken from stock, invoiced. All of them or none; those that are
 * recorded already are answered as they are, so that sending them again does no harm, whenever. Nobody is told: whoever bought knows. Throws AppError
 * `invalid_request`, `already_exists` for a reference under which something else was recorded, `reference_missing`, `foreign_home_region`,
 * `not_deliverable`, `amount_too_large`, `out_of_stock`, `unavailable`.
 */
export async function recordSales(
  { db, region }: Pick<OrderDeps, 'db' | 'region'>,
  body: SalesRecording,
  by: Recorder,
): Promise<RecordedSales> {
  requireSound(body.sales);
  return db.transaction().execute((trx) => record(trx, region, body, by));
}

async function record(trx: Trx, region: Region, body: SalesRecording, by: Recorder): Promise<RecordedSales> {
  const { channel, currency, storeId = null } = body;
  const erased = await holdAccounts(trx, [...new Set(body.sales.flatMap(({ accountId }) => accountId ?? []))]);
  const wanted = body.sales.map((sale) => ({ ...sale, orderId: randomUUIDv7(), contentHash: hashOf(sale, currency) }));
  const taken = await takeReferences(trx, wanted, channel, by.accountId);
  const fresh = wanted.filter(({ reference }) => taken.has(reference));
  if (fresh.length > 0) {
    await recordNew(trx, region, fresh, { currency, storeId }, by);
    // Sold to somebody who has been forgotten since: the sale and its invoice are what the law keeps.
    const forgotten = fresh.filter(({ accountId }) => accountId !== undefined && erased.has(accountId));
    await forgetBuyers(
      trx,
      forgotten.map(({ orderId }) => orderId),
    );
  }

  const recorded = await selectRecorded(
    trx,
    wanted.map(({ reference }) => reference),
  );
  const sales = wanted.map(({ reference, contentHash }) => {
    const one = recorded.get(reference);
    if (one === undefined) throw new Error(`sale ${reference} is neither new nor there`);
    if (!one.content_hash.equals(contentHash)) {
      throw new AppError('already_exists', { detail: `Something else was recorded as ${reference}.` });
    }
    return { reference, orderId: one.order_id, number: one.number, isNew: taken.has(reference) };
  });
  return { sales };
}

type NewSale = Sale & { readonly orderId: string };

async function recordNew(
  trx: Trx,
  region: Region,
  sales: readonly NewSale[],
  from: { readonly currency: string; readonly storeId: string | null },
  by: Recorder,
): Promise<void> {
  await requireStore(trx, from.storeId);
  const productIds = new Set(sales.flatMap(({ lines }) => lines.map(({ productId }) => productId)));
  const quotes = await quoteProducts(trx, [...productIds], from.currency);
  const serials = await nextSerials(trx, sales.length);
  const orders = sales.map((sale, at) => ({
    id: sale.orderId,
    number: orderNumberOf(region, serials[at] ?? ''),
    accountId: sale.accountId ?? null,
    shipTo: sale.shipTo,
    pricing: pricingOf(sale, { region, currency: from.currency }),
    paymentId: randomUUIDv7(),
    shipmentId: randomUUIDv7(),
    sale,
  }));
  const lines = orders.flatMap(({ id: orderId, shipmentId, pricing, sale }) =>
    sale.lines.map((line, at) => ({
      ...namedBy(quotes, line.productId),
      ...line,
      ...taxedAt(pricing, at),
      orderId,
      shipmentId,
      line: at + 1,
    })),
  );
  await insertSoldOrders(trx, orders, from, soldHistory(by.role));
  await insertSoldLines(trx, lines);
  // Stock is locked last, and what all invoices wait for after it.
  const short = await handOver(trx, from.storeId, lines).catch((error: unknown) => {
    if (codeOf(error) !== NO_STORE) throw error;
    throw new AppError('unavailable', { headers: { 'retry-after': '60' }, cause: error });
  });
  if (short.length > 0) throw new AppError('out_of_stock', { short });
  await writeInvoices(
    trx,
    region,
    orders.map(({ id, shipTo }) => ({ id, ship_to: shipTo })),
  );
}

function pricingOf({ lines, shipTo }: Sale, to: { readonly region: Region; readonly currency: string }): Pricing {
  const pricing = priceOf(lines, { ...to, country: shipTo.country, delivery: 'agreed' });
  if (typeof pricing === 'string') throw new AppError(pricing);
  return pricing;
}

function taxedAt({ lines }: Pricing, at: number): Pricing['lines'][number] {
  const taxed = lines[at];
  if (taxed === undefined) throw new Error('a line has no price');
  return taxed;
}

function namedBy(quotes: ReadonlyMap<string, Quote>, productId: string): Pick<Quote, 'sku' | 'name'> {
  const quote = quotes.get(productId);
  if (quote === undefined)
    throw new AppError('reference_missing', { errors: [{ field: 'lines', message: `${productId} is not sold here` }] });
  return { sku: quote.sku, name: quote.name };
}

/** What is recorded, whichever way it was written: of a request that is sent again the same. Not whose it is: an account may be erased meanwhile. Pure. */
function hashOf(sale: Sale, currency: string): Buffer {
  const lines = sale.lines.map(({ productId, quantity, unitMinor }) => [productId, quantity, unitMinor]).toSorted();
  const content = [sale.reference, canonicalInstant(sale.soldAt), sale.shipTo.country, currency, lines];
  return createHash('sha256').update(JSON.stringify(content)).digest();
}
