import type { Line, Short } from './offered.ts';

/** Inventory as it would be in one head: no database, no concurrency. Stores, products and orders are small numbers. */
export interface Model {
  readonly stock: Map<string, { onHand: number; reserved: number }>;
  readonly reservations: Map<number, ModelReservation>;
}

interface ModelReservation {
  readonly store: number;
  readonly overdue: boolean;
  state: 'held' | 'allocated' | 'shipped' | 'released' | 'expired';
  readonly lines: Map<number, { readonly quantity: number; shipped: number; returned: number }>;
}

/** A product by its number, and how many of it. */
export type ModelLine = readonly [product: number, quantity: number];

export type Command =
  | { readonly do: 'nothing' }
  | { readonly do: 'receive'; readonly store: number; readonly lines: readonly ModelLine[] }
  | { readonly do: 'transfer'; readonly from: number; readonly to: number; readonly lines: readonly ModelLine[] }
  | { readonly do: 'count'; readonly store: number; readonly product: number; readonly counted: number }
  | {
      readonly do: 'reserve';
      readonly order: number;
      readonly store: number;
      readonly overdue: boolean;
      readonly lines: readonly ModelLine[];
    }
  | { readonly do: 'allocate' | 'release' | 'writeOff'; readonly order: number }
  | { readonly do: 'expire' }
  | { readonly do: 'ship'; readonly order: number; readonly lines: readonly ModelLine[] }
  | { readonly do: 'takeBack'; readonly order: number; readonly store: number; readonly lines: readonly ModelLine[] };

/** What a command answers: of orders' functions what they answer, of routes their status. */
export type Outcome = number | string | null | readonly number[] | readonly (readonly [product: number, available: number])[] | undefined;

export const newModel = (): Model => ({ stock: new Map(), reservations: new Map() });

const summed = (lines: readonly ModelLine[]): [number, number][] => {
  const sums = new Map<number, number>();
  for (const [product, quantity] of lines) sums.set(product, (sums.get(product) ?? 0) + quantity);
  return [...sums].sort(([a], [b]) => a - b);
};

export function stockIn(model: Model, store: number, product: number): { onHand: number; reserved: number } {
  const key = `${store}/${product}`;
  const held = model.stock.get(key) ?? { onHand: 0, reserved: 0 };
  model.stock.set(key, held);
  return held;
}

function shortages(model: Model, store: number, lines: readonly ModelLine[]): (readonly [number, number])[] {
  return summed(lines).flatMap(([product, quantity]) => {
    const { onHand, reserved } = stockIn(model, store, product);
    return onHand - reserved < quantity ? [[product, onHand - reserved] as const] : [];
  });
}

function giveBack(model: Model, reservation: ModelReservation): void {
  for (const [product, line] of reservation.lines) stockIn(model, reservation.store, product).reserved -= line.quantity - line.shipped;
}

function reserve(model: Model, command: Extract<Command, { do: 'reserve' }>): Outcome {
  const known = model.reservations.get(command.order);
  if (known?.state === 'released' || known?.state === 'expired') return 'over';
  if (known !== undefined) return [];
  const short = shortages(model, command.store, command.lines);
  if (short.length > 0) return short;
  const lines = new Map(summed(command.lines).map(([product, quantity]) => [product, { quantity, shipped: 0, returned: 0 }]));
  model.reservations.set(command.order, { store: command.store, overdue: command.overdue, state: 'held', lines });
  for (const [product, { quantity }] of lines) stockIn(model, command.store, product).reserved += quantity;
  return [];
}

function release(model: Model, reservation: ModelReservation | undefined): Outcome {
  if (reservation === undefined) return null;
  if (reservation.state === 'held' || reservation.state === 'allocated') {
    giveBack(model, reservation);
    reservation.state = [...reservation.lines.values()].some(({ shipped }) => shipped > 0) ? 'shipped' : 'released';
  }
  return reservation.state;
}

function writeOff(model: Model, reservation: ModelReservation | undefined): Outcome {
  if (reservation?.state !== 'allocated') return reservation?.state ?? null;
  for (const [product, line] of reservation.lines) stockIn(model, reservation.store, product).onHand -= line.quantity - line.shipped;
  return release(model, reservation);
}

function ship(model: Model, reservation: ModelReservation | undefined, lines: readonly ModelLine[]): Outcome {
  if (reservation?.state !== 'allocated') return 0;
  let units = 0;
  for (const [product, quantity] of summed(lines)) {
    const line = reservation.lines.get(product);
    if (line === undefined) continue;
    const sent = Math.min(quantity, line.quantity - line.shipped);
    line.shipped += sent;
    units += sent;
    const held = stockIn(model, reservation.store, product);
    held.onHand -= sent;
    held.reserved -= sent;
  }
  if ([...reservation.lines.values()].every(({ quantity, shipped }) => quantity === shipped)) reservation.state = 'shipped';
  return units;
}

function takeBack(model: Model, reservation: ModelReservation | undefined, store: number, lines: readonly ModelLine[]): Outcome {
  let units = 0;
  for (const [product, quantity] of summed(lines)) {
    const line = reservation?.lines.get(product);
    if (line === undefined) continue;
    const back = Math.min(quantity, line.shipped - line.returned);
    line.returned += back;
    units += back;
    if (back > 0) stockIn(model, store, product).onHand += back;
  }
  return units;
}

function expire(model: Model): Outcome {
  const due = [...model.reservations].filter(([, { state, overdue }]) => state === 'held' && overdue);
  for (const [, reservation] of due) {
    giveBack(model, reservation);
    reservation.state = 'expired';
  }
  return due.map(([order]) => order).sort((a, b) => a - b);
}

/** Does a command to the model, and says what is to be answered. */
export function apply(model: Model, command: Command): Outcome {
  switch (command.do) {
    case 'nothing':
      return undefined;
    case 'receive':
      for (const [product, quantity] of command.lines) stockIn(model, command.store, product).onHand += quantity;
      return 201;
    case 'transfer': {
      if (command.from === command.to) return 400;
      if (shortages(model, command.from, command.lines).length > 0) return 409;
      for (const [product, quantity] of command.lines) {
        stockIn(model, command.from, product).onHand -= quantity;
        stockIn(model, command.to, product).onHand += quantity;
      }
      return 201;
    }
    case 'count': {
      const held = stockIn(model, command.store, command.product);
      if (command.counted < held.reserved) return 409;
      held.onHand = command.counted;
      return 201;
    }
    case 'reserve':
      return reserve(model, command);
    case 'allocate': {
      const reservation = model.reservations.get(command.order);
      if (reservation?.state === 'held') reservation.state = 'allocated';
      return reservation?.state ?? null;
    }
    case 'release':
      return release(model, model.reservations.get(command.order));
    case 'writeOff':
      return writeOff(model, model.reservations.get(command.order));
    case 'expire':
      return expire(model);
    case 'ship':
      return ship(model, model.reservations.get(command.order), command.lines);
    case 'takeBack':
      return takeBack(model, model.reservations.get(command.order), command.store, command.lines);
  }
}

/** What reserve answered, in the model's words. */
export const shortIn = (short: readonly Short[], productOf: (id: string) => number): Outcome =>
  short.map(({ product_id, available }) => [productOf(product_id), available] as const).sort(([a], [b]) => a - b);

export const linesWith = (lines: readonly ModelLine[], idOf: (product: number) => string): Line[] =>
  lines.map(([product, quantity]) => [idOf(product), quantity]);
