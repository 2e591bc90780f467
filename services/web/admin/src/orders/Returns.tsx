import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'react-admin';
import type { Order } from '#contracts/order.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Section } from '../layout/Section.tsx';
import { Amount } from '../money/Amount.tsx';
import { UnitsOf } from './UnitsOf.tsx';

/** What has come back, and what was paid back for it. Nothing where nothing has. */
export function Returns({ order }: { readonly order: Order }) {
  const translate = useTranslate();
  if (order.returns.length === 0) return null;
  const noteOf = (resellable: boolean): string => translate(resellable ? 'order.resellable' : 'order.not_resellable');
  return (
    <Section title={translate('order.returns')}>
      {order.returns.map((one) => (
        <Box key={one.id} sx={{ px: 2, pb: 1 }}>
          <UnitsOf order={order} units={one.lines.map((line) => ({ ...line, note: noteOf(line.resellable) }))} />
          <Typography variant="body2" color="textSecondary">
            <Instant at={one.createdAt} />
            {one.reference === null ? '' : ` · ${one.reference}`}
          </Typography>
          <Typography variant="body2">
            {translate('order.refunded')} <Amount money={one.refund} />
          </Typography>
        </Box>
      ))}
    </Section>
  );
}
