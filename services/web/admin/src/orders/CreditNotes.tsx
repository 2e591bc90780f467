import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'react-admin';
import type { CreditNote } from '#contracts/credit-note.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Amount } from '../money/Amount.tsx';

/** What was taken back of an invoice. Nothing where nothing was. */
export function CreditNotes({ notes }: { readonly notes: readonly CreditNote[] }) {
  const translate = useTranslate();
  return notes.map(({ id, number, issuedAt, lines, totals }) => (
    <Box key={id} component="section" aria-label={translate('order.credit_note', { number })}>
      <Typography component="h3" variant="subtitle2">
        {translate('order.credit_note', { number })}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {translate('order.issued_at')} <Instant at={issuedAt} />
      </Typography>
      <Box component="ul" sx={{ m: 0, pl: 3 }}>
        {lines.map((line) => (
          <li key={line.productId}>
            {line.quantity} × {line.name} · <Amount money={line.total} />
          </li>
        ))}
      </Box>
      <Typography variant="body2">
        {translate('order.totals.tax')} <Amount money={totals.tax} /> · {translate('order.credited')} <Amount money={totals.total} />
      </Typography>
    </Box>
  ));
}
