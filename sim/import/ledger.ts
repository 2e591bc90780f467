/** What a price row means, given the rows before it. */
export type Movement =
  | { readonly kind: 'new' | 'changed'; readonly pricedAt: string }
  | { readonly kind: 'same' }
  /** Not named by any row so far, and not by this one. */
  | { readonly kind: 'nameless' }
  | { readonly kind: 'older' };

export interface PriceLedger {
  move(entry: { readonly sku: string; readonly named: boolean; readonly amountMinor: number; readonly instantMs: number }): Movement;
  /** How many products it has seen. */
  readonly size: number;
}

const INITIAL_SLOTS = 4_096;
const MICROS_PER_MS = 1_000;

/**
 * Remembers the last price of each product and when it was set. Prices that follow each other within one instant are told apart by
 * microseconds: the first has none, the next .000001, and so on. So the same file always gives the same instants, and importing it again
 * changes nothing. Flat arrays: about 50 bytes a product, so that a file of a million products fits too.
 */
export function openLedger(): PriceLedger {
  const slots = new Map<number, number>();
  let amounts = new Float64Array(INITIAL_SLOTS);
  let seenMs = new Float64Array(INITIAL_SLOTS);
  let pricedMicros = new Float64Array(INITIAL_SLOTS);

  const addSlot = (key: number): number => {
    const slot = slots.size;
    if (slot === amounts.length) [amounts, seenMs, pricedMicros] = [doubled(amounts), doubled(seenMs), doubled(pricedMicros)];
    slots.set(key, slot);
    return slot;
  };
  const record = (slot: number, amountMinor: number, instantMs: number, micros: number): string => {
    amounts[slot] = amountMinor;
    seenMs[slot] = instantMs;
    pricedMicros[slot] = micros;
    return showMicros(micros);
  };

  return {
    get size() {
      return slots.size;
    },
    move({ sku, named, amountMinor, instantMs }) {
      const key = skuNumber(sku);
      const known = slots.get(key);
      const micros = instantMs * MICROS_PER_MS;
      if (known === undefined) {
        if (!named) return { kind: 'nameless' };
        return { kind: 'new', pricedAt: record(addSlot(key), amountMinor, instantMs, micros) };
      }
      if (instantMs < (seenMs[known] ?? 0)) return { kind: 'older' };
      if (amounts[known] === amountMinor) {
        seenMs[known] = instantMs;
        return { kind: 'same' };
      }
      return { kind: 'changed', pricedAt: record(known, amountMinor, instantMs, Math.max(micros, (pricedMicros[known] ?? 0) + 1)) };
    },
  };
}

/** Five digits and up to two letters as one small number. */
function skuNumber(sku: string): number {
  let key = Number(sku.slice(0, 5));
  for (let place = 5; place < 7; place += 1) key = key * 27 + (place < sku.length ? sku.charCodeAt(place) - 64 : 0);
  return key;
}

function doubled(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** ISO 8601 in UTC with six digits of a second. */
function showMicros(micros: number): string {
  const ms = Math.floor(micros / MICROS_PER_MS);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * MICROS_PER_MS).padStart(3, '0')}Z`;
}
