import { expect, test } from 'vitest';
import { operations } from '#client/index.ts';
import { accountRoles } from '#contracts/auth.ts';
import { isStaff, mayCall, mayOpen } from './roles.ts';

test('a page is offered to who may call what it needs', () => {
  const offered = (resource: string, page: string) => accountRoles.filter((role) => mayOpen(role, resource, page));
  expect(offered('products', 'list')).toEqual(['catalogue', 'admin']);
  expect(offered('stores', 'create')).toEqual(['catalogue', 'admin']);
  expect(offered('orders', 'list')).toEqual(['support', 'warehouse', 'admin']);
  expect(offered('orders', 'show')).toEqual(['support', 'warehouse', 'admin']);
  expect(offered('refunds', 'list')).toEqual(['support', 'admin']);
  expect(offered('stock', 'list')).toEqual(['support', 'warehouse', 'admin']);
});

test('what is not named is offered to nobody, and nothing to who is not signed in', () => {
  expect(mayOpen('admin', 'orders', 'delete')).toBe(false);
  expect(mayOpen('admin', 'payments', 'list')).toBe(false);
  expect(mayOpen(undefined, 'products', 'list')).toBe(false);
  expect(mayCall('admin', { method: 'GET', path: '/v1/unknown', answer: null })).toBe(false);
});

test('what pays money back is who decides on refunds’', () => {
  expect(accountRoles.filter((role) => mayCall(role, operations.order.returnGoods))).toEqual(['support', 'admin']);
  expect(accountRoles.filter((role) => mayCall(role, operations.order.shortCloseOrder))).toEqual(['support', 'admin']);
});

test('shipping is the warehouse’s', () => {
  expect(accountRoles.filter((role) => mayCall(role, operations.order.shipOrder))).toEqual(['warehouse', 'admin']);
});

test('the panel has nothing for customers and operators', () => {
  expect(accountRoles.filter((role) => !isStaff(role))).toEqual(['customer', 'operator']);
});
