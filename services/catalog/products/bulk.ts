import { Compile } from 'typebox/compile';

import { BulkItem, type BulkResult } from '#contracts/catalog.ts';
import type { ErrorCode } from '#contracts/errors.ts';
import { productIdOf } from '#contracts/ids.ts';
import { codeOf } from '#platform/errors.ts';
import { fieldErrorsOf } from '#platform/routes/field-errors.ts';

import type { CatalogDb } from '../deps.ts';
import { type BulkChange, holdCategories, insertRound, lockProducts, updateRound } from './bulk.repository.ts';
import { pricedAtFault } from './priced-at.ts';

const DEADLOCK = '40P01';
const ATTEMPTS = 3;

const itemCheck = Compile(BulkItem);

interface Placed {
  readonly place: number;
  readonly change: BulkChange;
}

/**
 * Applies `items` in their order, each change a write of its own with its own version, in one transaction: all are committed or none. The
 * k-th changes of all products go together as round k, one statement, since changes of different products do not depend on each other.
 * Answers one result an item; a bad item is rejected by itself.
 */
export async function applyBulk(db: CatalogDb, items: readonly unknown[]): Promise<BulkResult[]> {
  const rejected = new Map<number, BulkResult>();
  const placed: Placed[] = [];
  const nowMs = Date.now();
  for (const [place, item] of items.entries()) {
    const change = changeOf(item, nowMs);
    if ('status' in change) rejected.set(place, change);
    else placed.push({ place, change });
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const applied = placed.length === 0 ? new Map<number, BulkResult>() : await applyChanges(db, placed);
      return items.map((_, place) => rejected.get(place) ?? applied.get(place) ?? rejection('internal', 'The item was left unanswered.'));
    } catch (error) {
      // Two imports that create the same products in different rounds may wait for each other; the one that gave way starts again.
      if (codeOf(error) !== DEADLOCK || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function applyChanges(db: CatalogDb, placed: readonly Placed[]): Promise<Map<number, BulkResult>> {
  return db.transaction().execute(async (trx) => {
    const results = new Map<number, BulkResult>();
    const wanted = new Set(placed.flatMap(({ change }) => (change.categoryId === null ? [] : [change.categoryId])));
    const categories = await holdCategories(trx, [...wanted]);
    const known = await lockProducts(trx, [...new Set(placed.map(({ change }) => change.id))]);
    const applicable: Placed[] = [];
    for (const item of placed) {
      const { categoryId } = item.change;
      if (categoryId === null || categories.has(categoryId)) applicable.push(item);
      else results.set(item.place, rejection('reference_missing', 'categoryId names nothing that exists.', item.change.id));
    }
    for (const round of roundsOf(applicable)) {
      const fresh: Placed[] = [];
      const present: Placed[] = [];
      for (const item of round) {
        if (known.has(item.change.id)) present.push(item);
        else if (item.change.name !== null) fresh.push(item);
        else results.set(item.place, rejection('invalid_request', 'A product that does not exist yet needs a name.', item.change.id));
      }
      const created = await insertRound(
        trx,
        fresh.map(({ change }) => change),
      );
      for (const item of fresh) {
        const stamp = created.get(item.change.id);
        known.add(item.change.id);
        if (stamp === undefined) present.push(item);
        else results.set(item.place, { status: 'created', id: item.change.id, stamp });
      }
      const updated = await updateRound(
        trx,
        present.map(({ change }) => change),
      );
      for (const { place, change } of present) {
        const stamp = updated.get(change.id);
        results.set(place, stamp === undefined ? { status: 'unchanged', id: change.id } : { status: 'updated', id: change.id, stamp });
      }
    }
    return results;
  });
}

/** Round k holds the k-th item of each product: within a round a product stands once, and over the rounds in the order of its items. */
export function roundsOf<Item extends { readonly change: { readonly id: string } }>(items: readonly Item[]): Item[][] {
  const rounds: Item[][] = [];
  const turns = new Map<string, number>();
  for (const item of items) {
    const turn = turns.get(item.change.id) ?? 0;
    turns.set(item.change.id, turn + 1);
    const round = rounds[turn];
    if (round === undefined) rounds.push([item]);
    else round.push(item);
  }
  return rounds;
}

function changeOf(item: unknown, nowMs: number): BulkChange | BulkResult {
  if (!itemCheck.Check(item)) {
    const [fault] = fieldErrorsOf(BulkItem, item, itemCheck.Errors(item));
    return rejection('invalid_request', `${fault?.field ?? ''} ${fault?.message ?? 'does not fit'}`.trim());
  }
  const id = productIdOf(item.sku);
  const fault = pricedAtFault(item.pricedAt, nowMs);
  if (fault !== null) return rejection('invalid_request', `pricedAt ${fault}.`, id);
  return {
    id,
    sku: item.sku,
    name: item.name ?? null,
    categoryId: item.categoryId ?? null,
    amountMinor: item.price.amountMinor,
    currency: item.price.currency,
    pricedAt: item.pricedAt,
    state: item.state ?? 'published',
  };
}

function rejection(code: ErrorCode, detail: string, id: string | null = null): BulkResult {
  return { status: 'rejected', id, code, detail };
}
