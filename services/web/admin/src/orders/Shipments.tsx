import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useNotify, useTranslate } from 'react-admin';
import { operations } from '#client/index.ts';
import type { Order, Shipment } from '#contracts/order.ts';
import { useDeed } from '../deeds/useDeed.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Section } from '../layout/Section.tsx';
import { useApi, useMayCall } from '../session/SessionContext.ts';
import { UnitsOf } from './UnitsOf.tsx';

type Props = { readonly order: Order; readonly onChanged: () => void };

/** What has been sent, and what of it has arrived. */
export function Shipments({ order, onChanged }: Props) {
  const translate = useTranslate();
  return (
    <Section title={translate('order.shipments')}>
      {order.shipments.length === 0 ? <Typography sx={{ px: 2, pb: 1 }}>{translate('order.no_shipments')}</Typography> : null}
      <Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {order.shipments.map((shipment, at) => (
          <Sent key={shipment.id} order={order} shipment={shipment} place={at + 1} onChanged={onChanged} />
        ))}
      </Box>
    </Section>
  );
}

function Sent({ order, shipment, place, onChanged }: Props & { readonly shipment: Shipment; readonly place: number }) {
  const translate = useTranslate();
  const notify = useNotify();
  const api = useApi();
  const mayDeliver = useMayCall(operations.order.deliverShipment);
  const deed = useDeed({
    act: async () => api.order.deliverShipment({ params: { id: order.id, shipmentId: shipment.id } }),
    onDone: () => {
      notify('order.done.delivered', { type: 'success' });
      onChanged();
    },
    onRefused: onChanged,
  });
  const how = [shipment.carrier, shipment.trackingCode].filter((part) => part !== null).join(' · ');
  return (
    <Box component="li" sx={{ px: 2, pb: 2 }}>
      <Typography component="h3" sx={{ fontWeight: 600 }}>
        {translate('order.shipment', { place })}
        {how === '' ? '' : ` · ${how}`}
      </Typography>
      <UnitsOf order={order} units={shipment.lines} />
      <Typography variant="body2" color="textSecondary">
        {translate('order.shipped_at')} <Instant at={shipment.shippedAt} />
      </Typography>
      {shipment.deliveredAt === null ? null : (
        <Typography variant="body2" color="textSecondary">
          {translate('order.delivered_at')} <Instant at={shipment.deliveredAt} />
        </Typography>
      )}
      {deed.problem === undefined ? null : <Alert severity="error">{translate(deed.problem, { _: deed.problem })}</Alert>}
      {shipment.deliveredAt === null && mayDeliver ? (
        <Button
          variant="outlined"
          size="small"
          sx={{ mt: 1 }}
          loading={deed.busy}
          onClick={() => void deed.go()}
          aria-label={translate('order.deliver_shipment', { place })}
        >
          {translate('order.deliver')}
        </Button>
      ) : null}
    </Box>
  );
}
