import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import type { Order } from '#contracts/order.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Section } from '../layout/Section.tsx';
import { FulfilmentStateChip, OrderStateChip, PaymentStateChip } from './StateChip.tsx';

/** Where an order is, since when, and what can be done with it. */
export function OrderFacts({ order, actions }: { readonly order: Order; readonly actions: ReactNode }) {
  const translate = useTranslate();
  return (
    <Section title={translate('order.heading', { number: order.number })}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, px: 2, pb: 1 }} role="status" aria-label={translate('order.where')}>
        <OrderStateChip state={order.state} />
        <PaymentStateChip state={order.paymentState} />
        <FulfilmentStateChip state={order.fulfilmentState} />
      </Box>
      <Typography variant="body2" color="textSecondary" sx={{ px: 2 }}>
        {translate('order.placed_at')} <Instant at={order.createdAt} />
      </Typography>
      {order.state === 'pending' ? (
        <Typography variant="body2" color="textSecondary" sx={{ px: 2 }}>
          {translate('order.kept_until')} <Instant at={order.expiresAt} />
        </Typography>
      ) : null}
      {order.sale === null ? null : (
        <Typography variant="body2" color="textSecondary" sx={{ px: 2 }}>
          {translate('order.recorded', { channel: order.sale.channel, reference: order.sale.reference })}
        </Typography>
      )}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, px: 2, pt: 2, pb: 1 }}>{actions}</Box>
    </Section>
  );
}
