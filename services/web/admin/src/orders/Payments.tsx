import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'react-admin';
import type { Order } from '#contracts/order.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Section } from '../layout/Section.tsx';
import { Amount } from '../money/Amount.tsx';

/** Each attempt to pay, and what has been asked back of it. */
export function Payments({ payments }: Pick<Order, 'payments'>) {
  const translate = useTranslate();
  return (
    <Section title={translate('order.payments')}>
      {payments.length === 0 ? <Typography sx={{ px: 2, pb: 1 }}>{translate('order.no_payments')}</Typography> : null}
      {payments.map((payment) => (
        <Box key={payment.id} sx={{ px: 2, pb: 1 }}>
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
            <Amount money={payment.amount} />
            <Chip size="small" variant="outlined" label={translate(`order.attempt.${payment.state}`)} />
          </Box>
          <Typography variant="body2" color="textSecondary">
            <Instant at={payment.createdAt} />
          </Typography>
          {payment.refunded.amountMinor === 0 ? null : (
            <Typography variant="body2">
              {translate('order.refunded')} <Amount money={payment.refunded} />
            </Typography>
          )}
        </Box>
      ))}
    </Section>
  );
}
