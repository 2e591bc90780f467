import TextField from '@mui/material/TextField';
import { useTranslate } from 'react-admin';
import type { OrderLine } from '#contracts/order.ts';
import { isUnits } from './offers.ts';

type Props = { readonly line: OrderLine; readonly most: number; readonly typed: string; readonly onType: (typed: string) => void };

/** How many of a line; nothing is none of it. */
export function UnitsInput({ line, most, typed, onType }: Props) {
  const translate = useTranslate();
  return (
    <TextField
      label={line.name}
      value={typed}
      onChange={(event) => onType(event.target.value)}
      error={!isUnits(typed, most)}
      helperText={translate('order.of_most', { sku: line.sku, most })}
      autoComplete="off"
      size="small"
      fullWidth
      slotProps={{ htmlInput: { inputMode: 'numeric' } }}
    />
  );
}
