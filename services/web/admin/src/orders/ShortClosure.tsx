import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'react-admin';
import type { Order } from '#contracts/order.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Section } from '../layout/Section.tsx';
import { Amount } from '../money/Amount.tsx';
import { UnitsOf } from './UnitsOf.tsx';

/** What will not be shipped any more, why, and what was paid back for it. Nothing where nothing was given up. */
export function ShortClosure({ order }: { readonly order: Order }) {
  const translate = useTranslate();
  const { shortClosure, lines } = order;
  if (shortClosure === null) return null;
  const units = lines.flatMap(({ productId, shortClosed }) => (shortClosed > 0 ? [{ productId, quantity: shortClosed }] : []));
  return (
    <Section title={translate('order.short_closed')}>
      <Box sx={{ px: 2, pb: 1 }}>
        <UnitsOf order={order} units={units} />
        <Typography variant="body2" color="textSecondary">
          <Instant at={shortClosure.createdAt} /> · {translate(`order.short_close_reason.${shortClosure.reason}`)}
        </Typography>
        <Typography variant="body2">
          {translate('order.refunded')} <Amount money={shortClosure.refund} />
        </Typography>
      </Box>
    </Section>
  );
}
