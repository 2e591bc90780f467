// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.
import { Type } from 'typebox';

import { Cart, CartCreation, CartLines, CartQuery, CreatedCart, LineChange } from '#contracts/cart.ts';
import { CreditNotes } from '#contracts/credit-note.ts';
import { Invoice } from '#contracts/invoice.ts';
import { Checkout, Order, OrderListQuery, OrderSummary, Payment, PaymentStart, PlacedOrder, ReturnCreation, ShipmentCreation, ShortClosureCreation, Swept } from '#contracts/order.ts';
import { Refund, RefundListQuery, RefundRetry } from '#contracts/refund.ts';
import { RecordedReturns, RecordedSales, ReturnsRecording, SalesRecording } from '#contracts/sale.ts';
import { Uuid } from '#contracts/values.ts';

import type { ClientOperation } from '../operation.ts';

export const orderOperations = {
  createCart: {
    method: 'POST',
    path: '/v1/carts',
    body: CartCreation,
    answer: CreatedCart,
  },
  getCart: {
    method: 'GET',
    path: '/v1/carts/:id',
    params: Type.Object({ id: Uuid }),
    query: CartQuery,
    answer: Cart,
  },
  putCartLines: {
    method: 'PUT',
    path: '/v1/carts/:id/lines',
    params: Type.Object({ id: Uuid }),
    body: CartLines,
    answer: Cart,
    needs: ['if-match'],
  },
  changeCartLine: {
    method: 'PATCH',
    path: '/v1/carts/:id/lines/:productId',
    params: Type.Object({ id: Uuid, productId: Uuid }),
    body: LineChange,
    answer: Cart,
    needs: ['if-match'],
  },
  removeCartLine: {
    method: 'DELETE',
    path: '/v1/carts/:id/lines/:productId',
    params: Type.Object({ id: Uuid, productId: Uuid }),
    answer: Cart,
    needs: ['if-match'],
  },
  deleteCart: {
    method: 'DELETE',
    path: '/v1/carts/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
  claimCart: {
    method: 'POST',
    path: '/v1/carts/:id/claim',
    params: Type.Object({ id: Uuid }),
    answer: Cart,
    roles: ['customer', 'support', 'catalogue', 'warehouse', 'operator', 'admin'],
  },
  checkOut: {
    method: 'POST',
    path: '/v1/checkouts',
    body: Checkout,
    answer: PlacedOrder,
    needs: ['idempotency-key'],
  },
  listOrders: {
    method: 'GET',
    path: '/v1/orders',
    query: OrderListQuery,
    answer: Type.Object({ items: Type.Array(OrderSummary), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'warehouse', 'admin'],
  },
  getOrder: {
    method: 'GET',
    path: '/v1/orders/:id',
    params: Type.Object({ id: Uuid }),
    answer: Order,
  },
  cancelOrder: {
    method: 'POST',
    path: '/v1/orders/:id/cancellation',
    params: Type.Object({ id: Uuid }),
    answer: Order,
  },
  payOrder: {
    method: 'POST',
    path: '/v1/orders/:id/payments',
    params: Type.Object({ id: Uuid }),
    body: PaymentStart,
    answer: Payment,
    needs: ['idempotency-key'],
  },
  receivePaymentCallback: {
    method: 'POST',
    path: '/v1/payments/callbacks',
    body: Type.Object({ paymentId: Uuid, outcome: Type.Union([Type.Literal("captured"), Type.Literal("failed")]) }),
    answer: null,
  },
  shipOrder: {
    method: 'POST',
    path: '/v1/orders/:id/shipments',
    params: Type.Object({ id: Uuid }),
    body: ShipmentCreation,
    answer: Order,
    needs: ['idempotency-key'],
    roles: ['warehouse', 'admin'],
  },
  deliverShipment: {
    method: 'POST',
    path: '/v1/orders/:id/shipments/:shipmentId/delivery',
    params: Type.Object({ id: Uuid, shipmentId: Uuid }),
    answer: Order,
    roles: ['warehouse', 'admin'],
  },
  shortCloseOrder: {
    method: 'POST',
    path: '/v1/orders/:id/short-closure',
    params: Type.Object({ id: Uuid }),
    body: ShortClosureCreation,
    answer: Order,
    needs: ['idempotency-key'],
    roles: ['support', 'admin'],
  },
  returnGoods: {
    method: 'POST',
    path: '/v1/orders/:id/returns',
    params: Type.Object({ id: Uuid }),
    body: ReturnCreation,
    answer: Order,
    needs: ['idempotency-key'],
    roles: ['support', 'admin'],
  },
  listRefunds: {
    method: 'GET',
    path: '/v1/orders/refunds',
    query: RefundListQuery,
    answer: Type.Object({ items: Type.Array(Refund), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'admin'],
  },
  retryRefund: {
    method: 'POST',
    path: '/v1/orders/refunds/:id/retries',
    params: Type.Object({ id: Uuid }),
    body: RefundRetry,
    answer: Refund,
    needs: ['idempotency-key'],
    roles: ['support', 'admin'],
  },
  getInvoice: {
    method: 'GET',
    path: '/v1/orders/:id/invoice',
    params: Type.Object({ id: Uuid }),
    answer: Invoice,
  },
  listCreditNotes: {
    method: 'GET',
    path: '/v1/orders/:id/credit-notes',
    params: Type.Object({ id: Uuid }),
    answer: CreditNotes,
  },
  recordSales: {
    method: 'POST',
    path: '/v1/orders/sales',
    body: SalesRecording,
    answer: RecordedSales,
    roles: ['support', 'admin'],
  },
  recordReturns: {
    method: 'POST',
    path: '/v1/orders/sales/returns',
    body: ReturnsRecording,
    answer: RecordedReturns,
    roles: ['support', 'admin'],
  },
  sweepOrders: {
    method: 'POST',
    path: '/v1/orders/sweep',
    answer: Swept,
    roles: ['operator', 'admin'],
  },
} as const satisfies Readonly<Record<string, ClientOperation>>;
