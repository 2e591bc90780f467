import { Type, type Static } from 'typebox';

import { closed, Instant, orNull, page, sortBy, Uuid } from './values.ts';

/** What may be done at once. */
export const STOCK_LINES_LIMIT = 1_000;
const QUANTITY_LIMIT = 1_000_000;
const AVAILABILITY_LIMIT = 100;

/** How much can be bought: nothing, not more than the product's threshold in its store, or more. */
export const StockLevel = Type.Union([Type.Literal('out'), Type.Literal('low'), Type.Literal('ample')]);
export type StockLevel = Static<typeof StockLevel>;

/** What a store has of a product. `available` is what can be bought; from `lowAt` down it is low. */
export const Stock = Type.Object({
  storeId: Uuid,
  productId: Uuid,
  onHand: Type.Integer({ minimum: 0 }),
  reserved: Type.Integer({ minimum: 0 }),
  available: Type.Integer({ minimum: 0 }),
  lowAt: Type.Integer({ minimum: 0 }),
  level: StockLevel,
});
export type Stock = Static<typeof Stock>;

export const StockChange = Type.Object({ lowAt: Type.Integer({ minimum: 0, maximum: QUANTITY_LIMIT }) }, closed);
export type StockChange = Static<typeof StockChange>;

export const StockListQuery = Type.Object(
  {
    ...page,
    storeId: Type.Optional(Uuid),
    productId: Type.Optional(Uuid),
    /** What is out is low, too. */
    lowOnly: Type.Optional(Type.Boolean()),
    sort: sortBy('productId', 'available', 'onHand'),
  },
  closed,
);

/** What people call the paper behind a movement: a delivery note, a transfer, a count. Without one it gets a UUID. */
const Reference = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'one line of text without blanks at its ends',
  pattern: '^[^\\s\\u0000-\\u001f\\u007f]([^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f])?$',
});

/** Lines of one product are added up. */
const linesOf = <Line extends Parameters<typeof Type.Array>[0]>(line: Line) =>
  Type.Array(line, { minItems: 1, maxItems: STOCK_LINES_LIMIT });
const QuantityLine = Type.Object({ productId: Uuid, quantity: Type.Integer({ minimum: 1, maximum: QUANTITY_LIMIT }) }, closed);
export type QuantityLine = Static<typeof QuantityLine>;

/** Goods that have come in. */
export const ReceiptCreation = Type.Object({ storeId: Uuid, reference: Type.Optional(Reference), lines: linesOf(QuantityLine) }, closed);
export type ReceiptCreation = Static<typeof ReceiptCreation>;

/** Goods that have gone from one store to another. */
export const TransferCreation = Type.Object(
  { fromStoreId: Uuid, toStoreId: Uuid, reference: Type.Optional(Reference), lines: linesOf(QuantityLine) },
  closed,
);
export type TransferCreation = Static<typeof TransferCreation>;

/** What was counted on the shelves. A product stands on one line. */
const CountLine = Type.Object({ productId: Uuid, counted: Type.Integer({ minimum: 0, maximum: QUANTITY_LIMIT }) }, closed);
export const CountCreation = Type.Object({ storeId: Uuid, reference: Type.Optional(Reference), lines: linesOf(CountLine) }, closed);
export type CountCreation = Static<typeof CountCreation>;

/** What a receipt, a transfer or a count has left, by store and product. */
export const StockChanged = Type.Object({ reference: Type.String(), items: Type.Array(Stock) });
export type StockChanged = Static<typeof StockChanged>;

export const MovementKind = Type.Union([
  Type.Literal('received'),
  Type.Literal('reserved'),
  Type.Literal('released'),
  Type.Literal('expired'),
  Type.Literal('shipped'),
  Type.Literal('returned'),
  Type.Literal('transferred'),
  Type.Literal('counted'),
]);
export type MovementKind = Static<typeof MovementKind>;

/** A row of the ledger. `reference` is an order's id, or what the warehouse calls it; `actor` a staff account, or the service that called. */
export const Movement = Type.Object({
  id: Type.String(),
  at: Instant,
  storeId: Uuid,
  productId: Uuid,
  kind: MovementKind,
  onHand: Type.Integer(),
  reserved: Type.Integer(),
  reference: Type.String(),
  actor: Type.String(),
});
export type Movement = Static<typeof Movement>;

export const MovementListQuery = Type.Object(
  {
    ...page,
    storeId: Type.Optional(Uuid),
    productId: Type.Optional(Uuid),
    kind: Type.Optional(MovementKind),
    reference: Type.Optional(Reference),
    /** At or after, and before. */
    from: Type.Optional(Instant),
    until: Type.Optional(Instant),
    sort: sortBy('at'),
  },
  closed,
);

export const ReservationState = Type.Union([
  Type.Literal('held'),
  Type.Literal('allocated'),
  Type.Literal('shipped'),
  Type.Literal('released'),
  Type.Literal('expired'),
]);

export const Reservation = Type.Object({
  orderId: Uuid,
  storeId: Uuid,
  state: ReservationState,
  createdAt: Instant,
  expiresAt: Instant,
  lines: Type.Array(Type.Object({ productId: Uuid, quantity: Type.Integer(), shipped: Type.Integer(), returned: Type.Integer() })),
});
export type Reservation = Static<typeof Reservation>;

const AlertKind = Type.Union([Type.Literal('out'), Type.Literal('low')]);

/** Since when a product is low or out in a store, and until when it was. */
export const StockAlert = Type.Object({
  id: Uuid,
  storeId: Uuid,
  productId: Uuid,
  kind: AlertKind,
  since: Instant,
  endedAt: orNull(Instant),
});
export type StockAlert = Static<typeof StockAlert>;

export const StockAlertListQuery = Type.Object(
  {
    ...page,
    storeId: Type.Optional(Uuid),
    productId: Type.Optional(Uuid),
    kind: Type.Optional(AlertKind),
    /** Those that have not ended (true), or those that have. */
    open: Type.Optional(Type.Boolean()),
    sort: sortBy('since'),
  },
  closed,
);

/** `onlineStoreId` is where orders that name no store are taken from; null: nowhere. */
export const InventorySettings = Type.Object({ onlineStoreId: orNull(Uuid) }, closed);
export type InventorySettings = Static<typeof InventorySettings>;

export const AvailabilityQuery = Type.Object({ productId: Type.Array(Uuid, { minItems: 1, maxItems: AVAILABILITY_LIMIT }) }, closed);

/** How much of each product the online store of each region has. */
export const Availability = Type.Object({
  items: Type.Array(Type.Object({ productId: Uuid, levels: Type.Object({ world: StockLevel, china: StockLevel }) })),
});
export type Availability = Static<typeof Availability>;
