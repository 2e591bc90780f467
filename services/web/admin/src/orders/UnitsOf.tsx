import Box from '@mui/material/Box';
import type { LineUnits, Order } from '#contracts/order.ts';

type Props = { readonly order: Pick<Order, 'lines'>; readonly units: readonly (LineUnits & { readonly note?: string })[] };

/** Quantities of an order's products, by their names. */
export function UnitsOf({ order, units }: Props) {
  return (
    <Box component="ul" sx={{ m: 0, pl: 3, overflowWrap: 'anywhere' }}>
      {units.map(({ productId, quantity, note }) => (
        <li key={`${productId} ${note ?? ''}`}>
          {quantity} × {order.lines.find((line) => line.productId === productId)?.name ?? productId}
          {note === undefined ? '' : ` (${note})`}
        </li>
      ))}
    </Box>
  );
}
