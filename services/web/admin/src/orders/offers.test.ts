import { expect, test } from 'vitest';
import { FulfilmentState, OrderState } from '#contracts/order.ts';
import { chosenUnits, isUnits, offersOf, toReturn, toShip } from './offers.ts';

const lamp = { productId: 'lamp', quantity: 3, shipped: 1, shortClosed: 0, returned: 0 };
const cup = { productId: 'cup', quantity: 2, shipped: 2, shortClosed: 0, returned: 1 };

test('an order offers what its state allows', () => {
  expect(offersOf({ state: 'pending', fulfilmentState: 'none' })).toEqual({
    ship: false,
    shortClose: false,
    takeReturn: false,
    cancel: true,
    cancelPaysBack: false,
  });
  expect(offersOf({ state: 'confirmed', fulfilmentState: 'allocated' })).toEqual({
    ship: true,
    shortClose: false,
    takeReturn: false,
    cancel: true,
    cancelPaysBack: true,
  });
  expect(offersOf({ state: 'confirmed', fulfilmentState: 'partly_shipped' })).toMatchObject({
    ship: true,
    shortClose: true,
    takeReturn: false,
    cancel: false,
  });
  expect(offersOf({ state: 'completed', fulfilmentState: 'delivered' })).toMatchObject({ ship: false, takeReturn: true, cancel: false });
});

test('an order that is over is neither shipped nor cancelled', () => {
  for (const state of OrderState.enum.filter((name) => !['pending', 'confirmed'].includes(name))) {
    for (const fulfilmentState of FulfilmentState.enum)
      expect(offersOf({ state, fulfilmentState })).toMatchObject({ ship: false, shortClose: false, cancel: false });
  }
});

test('what was given up is not to be shipped, and cannot come back', () => {
  const short = { ...lamp, shortClosed: 2 };
  expect([toShip(short), toReturn(short)]).toEqual([0, 1]);
});

test('what is chosen is what was typed, without lines of none', () => {
  expect(chosenUnits([lamp, cup], toShip, { lamp: '２', cup: '' })).toEqual([{ productId: 'lamp', quantity: 2 }]);
  expect(chosenUnits([lamp, cup], toReturn, { lamp: '1', cup: '1' })).toEqual([
    { productId: 'lamp', quantity: 1 },
    { productId: 'cup', quantity: 1 },
  ]);
});

test('more than there is, a fraction, a sign, or nothing at all is no choice', () => {
  for (const text of ['3', '1.5', '-1', 'two']) expect(chosenUnits([lamp], toShip, { lamp: text })).toBeUndefined();
  expect(chosenUnits([lamp, cup], toShip, { lamp: '0', cup: ' ' })).toBeUndefined();
  expect([isUnits('2', 2), isUnits('3', 2), isUnits('', 2)]).toEqual([true, false, true]);
});
