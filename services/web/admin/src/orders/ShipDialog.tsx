import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useNotify, useTranslate } from 'react-admin';
import { ShipmentCreation } from '#contracts/order.ts';
import { Value } from 'typebox/value';
import { DeedDialog } from '../deeds/DeedDialog.tsx';
import { useDeed } from '../deeds/useDeed.ts';
import { useApi } from '../session/SessionContext.ts';
import { chosenUnits, toShip } from './offers.ts';
import type { OrderDialogProps } from './OrderDialogProps.ts';
import { UnitsInput } from './UnitsInput.tsx';

const { carrier: Carrier, trackingCode: TrackingCode } = ShipmentCreation.properties;

/** Ships what is chosen of an order: at first all that is left of it. */
export function ShipDialog({ order, onChanged, onClose }: OrderDialogProps) {
  const translate = useTranslate();
  const notify = useNotify();
  const api = useApi();
  const left = order.lines.filter((line) => toShip(line) > 0);
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(left.map((line) => [line.productId, String(toShip(line))])),
  );
  const [carrier, setCarrier] = useState('');
  const [trackingCode, setTrackingCode] = useState('');
  const lines = chosenUnits(left, toShip, typed);
  const named = { ...optional('carrier', carrier), ...optional('trackingCode', trackingCode) };
  const goodCarrier = carrier.trim() === '' || Value.Check(Carrier, carrier.trim());
  const goodCode = trackingCode.trim() === '' || Value.Check(TrackingCode, trackingCode.trim());
  const deed = useDeed({
    act: async (idempotencyKey) =>
      api.order.shipOrder({ params: { id: order.id }, body: { lines: lines ?? [], ...named }, idempotencyKey }),
    onDone: () => {
      notify('order.done.shipped', { type: 'success' });
      onChanged();
      onClose();
    },
    onRefused: onChanged,
  });
  return (
    <DeedDialog
      title={translate('order.ship_title', { number: order.number })}
      confirm={translate('order.ship')}
      ready={lines !== undefined && goodCarrier && goodCode}
      deed={deed}
      onClose={onClose}
    >
      <Typography color="textSecondary">{translate('order.ship_about')}</Typography>
      {left.map((line) => (
        <UnitsInput
          key={line.productId}
          line={line}
          most={toShip(line)}
          typed={typed[line.productId] ?? ''}
          onType={(text) => setTyped({ ...typed, [line.productId]: text })}
        />
      ))}
      <TextField
        label={translate('order.carrier')}
        value={carrier}
        onChange={(event) => setCarrier(event.target.value)}
        error={!goodCarrier}
        size="small"
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
      <TextField
        label={translate('order.tracking_code')}
        value={trackingCode}
        onChange={(event) => setTrackingCode(event.target.value)}
        error={!goodCode}
        helperText={goodCode ? undefined : translate('validation.tracking_code')}
        autoComplete="off"
        size="small"
        slotProps={{ htmlInput: { maxLength: 64 } }}
      />
    </DeedDialog>
  );
}

function optional<Name extends string>(name: Name, typed: string): Partial<Record<Name, string>>;
function optional(name: string, typed: string): Record<string, string> {
  const text = typed.trim();
  return text === '' ? {} : { [name]: text };
}
