// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.
import { Type } from 'typebox';

import { Cart, CartCreation, CartLines, CartQuery, CreatedCart, LineChange } from '#contracts/cart.ts';
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
  },
} as const satisfies Readonly<Record<string, ClientOperation>>;
