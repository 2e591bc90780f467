import type { LineUnits, Order, OrderLine } from '#contracts/order.ts';

/** What the state of an order allows; the service decides, this is what is shown. Pure. */
export type Offers = {
  readonly ship: boolean;
  readonly shortClose: boolean;
  readonly takeReturn: boolean;
  readonly cancel: boolean;
  readonly cancelPaysBack: boolean;
};

export function offersOf({ state, fulfilmentState }: Pick<Order, 'state' | 'fulfilmentState'>): Offers {
  return {
    ship: state === 'confirmed' && (fulfilmentState === 'allocated' || fulfilmentState === 'partly_shipped'),
    shortClose: state === 'confirmed' && fulfilmentState === 'partly_shipped',
    takeReturn: fulfilmentState === 'delivered' || fulfilmentState === 'partly_returned',
    cancel: (state === 'pending' || state === 'confirmed') && (fulfilmentState === 'none' || fulfilmentState === 'allocated'),
    cancelPaysBack: state === 'confirmed',
  };
}

type Units = Pick<OrderLine, 'productId' | 'quantity' | 'shipped' | 'shortClosed' | 'returned'>;

/** How many of a line are still to be shipped. */
export const toShip = ({ quantity, shipped, shortClosed }: Units): number => quantity - shipped - shortClosed;

/** How many of a line the buyer has. */
export const toReturn = ({ shipped, returned }: Units): number => shipped - returned;

/** Whether what was typed is a quantity from none to `most`. */
export function isUnits(typed: string, most: number): boolean {
  const plain = typed.normalize('NFKC').trim();
  return plain === '' || (/^\d{1,3}$/.test(plain) && Number(plain) <= most);
}

/** What was chosen of the lines: those of which a quantity was typed that is not none. Nothing at all where one of them is no quantity, or none was chosen. */
export function chosenUnits<Line extends Units>(
  lines: readonly Line[],
  most: (line: Line) => number,
  typed: Readonly<Record<string, string>>,
): LineUnits[] | undefined {
  const chosen: LineUnits[] = [];
  for (const line of lines) {
    const text = typed[line.productId] ?? '';
    if (!isUnits(text, most(line))) return undefined;
    const quantity = Number(text.normalize('NFKC').trim());
    if (quantity > 0) chosen.push({ productId: line.productId, quantity });
  }
  return chosen.length === 0 ? undefined : chosen;
}
