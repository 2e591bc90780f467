// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.
import { Type } from 'typebox';

import { Availability, AvailabilityQuery, CountCreation, InventorySettings, Movement, MovementListQuery, ReceiptCreation, Reservation, Stock, StockAlert, StockAlertListQuery, StockChange, StockChanged, StockListQuery, TransferCreation } from '#contracts/inventory.ts';
import { Uuid } from '#contracts/values.ts';

import type { ClientOperation } from '../operation.ts';

export const inventoryOperations = {
  getAvailability: {
    method: 'GET',
    path: '/v1/availability',
    query: AvailabilityQuery,
    answer: Availability,
  },
  listStock: {
    method: 'GET',
    path: '/v1/stock',
    query: StockListQuery,
    answer: Type.Object({ items: Type.Array(Stock), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'warehouse', 'admin'],
  },
  getStock: {
    method: 'GET',
    path: '/v1/stock/:storeId/:productId',
    params: Type.Object({ storeId: Uuid, productId: Uuid }),
    answer: Stock,
    roles: ['support', 'warehouse', 'admin'],
  },
  changeStock: {
    method: 'PATCH',
    path: '/v1/stock/:storeId/:productId',
    params: Type.Object({ storeId: Uuid, productId: Uuid }),
    body: StockChange,
    answer: Stock,
    needs: ['if-match'],
    roles: ['warehouse', 'admin'],
  },
  listStockAlerts: {
    method: 'GET',
    path: '/v1/stock/alerts',
    query: StockAlertListQuery,
    answer: Type.Object({ items: Type.Array(StockAlert), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'warehouse', 'admin'],
  },
  getInventorySettings: {
    method: 'GET',
    path: '/v1/stock/settings',
    answer: InventorySettings,
    roles: ['support', 'warehouse', 'admin'],
  },
  putInventorySettings: {
    method: 'PUT',
    path: '/v1/stock/settings',
    body: InventorySettings,
    answer: InventorySettings,
    roles: ['admin'],
  },
  createReceipt: {
    method: 'POST',
    path: '/v1/receipts',
    body: ReceiptCreation,
    answer: StockChanged,
    needs: ['idempotency-key'],
    roles: ['warehouse', 'admin'],
  },
  createTransfer: {
    method: 'POST',
    path: '/v1/transfers',
    body: TransferCreation,
    answer: StockChanged,
    needs: ['idempotency-key'],
    roles: ['warehouse', 'admin'],
  },
  createCount: {
    method: 'POST',
    path: '/v1/counts',
    body: CountCreation,
    answer: StockChanged,
    needs: ['idempotency-key'],
    roles: ['warehouse', 'admin'],
  },
  listMovements: {
    method: 'GET',
    path: '/v1/movements',
    query: MovementListQuery,
    answer: Type.Object({ items: Type.Array(Movement), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'warehouse', 'admin'],
  },
  getReservation: {
    method: 'GET',
    path: '/v1/reservations/:orderId',
    params: Type.Object({ orderId: Uuid }),
    answer: Reservation,
    roles: ['support', 'warehouse', 'admin'],
  },
} as const satisfies Readonly<Record<string, ClientOperation>>;
