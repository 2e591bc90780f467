import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { ReferenceField, TextField as ProductName, useNotify, useTranslate } from 'react-admin';
import type { Stock } from '#contracts/inventory.ts';
import { DeedDialog } from '../deeds/DeedDialog.tsx';
import { useDeed } from '../deeds/useDeed.ts';
import { useApi } from '../session/SessionContext.ts';
import { unitsOf } from './units.ts';

/** Goods that came in are added; what was counted takes the place of what was there. */
export type StockDeed = 'receive' | 'count';

type Props = {
  readonly stock: Stock;
  readonly deed: StockDeed;
  /** Reads the stock again. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
};

/** Receives or counts one product of one store. */
export function StockDialog({ stock: { storeId, productId, onHand, reserved }, deed: kind, onChanged, onClose }: Props) {
  const translate = useTranslate();
  const notify = useNotify();
  const api = useApi();
  const [typed, setTyped] = useState('');
  const [reference, setReference] = useState('');
  const units = unitsOf(typed, kind === 'receive' ? 1 : 0);
  const named = { id: productId, productId };
  const paper = reference.trim() === '' ? {} : { reference: reference.trim() };
  const deed = useDeed({
    act: async (idempotencyKey) => {
      if (kind === 'receive') {
        const lines = [{ productId, quantity: units ?? 0 }];
        return api.inventory.createReceipt({ body: { storeId, lines, ...paper }, idempotencyKey });
      }
      return api.inventory.createCount({ body: { storeId, lines: [{ productId, counted: units ?? 0 }], ...paper }, idempotencyKey });
    },
    onDone: () => {
      notify(`stock.done.${kind}`, { type: 'success' });
      onChanged();
      onClose();
    },
    onRefused: onChanged,
  });
  return (
    <DeedDialog
      title={translate(`stock.${kind}_title`)}
      confirm={translate(`stock.${kind}`)}
      ready={units !== undefined}
      deed={deed}
      onClose={onClose}
    >
      <Typography sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
        <ReferenceField record={named} source="productId" reference="products" link={false} emptyText={productId}>
          <ProductName source="name" variant="inherit" />
        </ReferenceField>
      </Typography>
      <Typography>{translate('stock.now', { onHand, reserved })}</Typography>
      <TextField
        label={translate(`stock.${kind}_units`)}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        error={typed !== '' && units === undefined}
        autoComplete="off"
        autoFocus
        size="small"
        slotProps={{ htmlInput: { inputMode: 'numeric' } }}
      />
      <TextField
        label={translate('stock.reference')}
        value={reference}
        onChange={(event) => setReference(event.target.value)}
        autoComplete="off"
        size="small"
        slotProps={{ htmlInput: { maxLength: 64 } }}
      />
    </DeedDialog>
  );
}
