import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useId } from 'react';
import { useTranslate } from 'react-admin';
import type { Invoice } from '#contracts/invoice.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Amount } from '../money/Amount.tsx';
import { linesOfAddress } from './address.ts';
import { CreditNotes } from './CreditNotes.tsx';
import type { OrderDialogProps } from './OrderDialogProps.ts';
import { useInvoice } from './useInvoice.ts';

/** The invoice of an order, as it was issued, and the credit notes of it. */
export function InvoiceDialog({ order, onClose }: OrderDialogProps) {
  const translate = useTranslate();
  const id = useId();
  const { papers, problem } = useInvoice(order.id);
  return (
    <Dialog open fullWidth maxWidth="sm" onClose={onClose} aria-labelledby={id}>
      <DialogTitle id={id}>
        {papers === undefined ? translate('order.invoice') : translate('order.invoice_title', { number: papers.invoice.number })}
      </DialogTitle>
      <DialogContent>
        {papers === undefined && problem === undefined ? <LinearProgress aria-label={translate('ra.page.loading')} /> : null}
        {problem === undefined ? null : <Alert severity="info">{translate(problem, { _: problem })}</Alert>}
        {papers === undefined ? null : (
          <Box sx={{ display: 'grid', gap: 2 }}>
            <Issued invoice={papers.invoice} />
            <CreditNotes notes={papers.creditNotes} />
          </Box>
        )}
      </DialogContent>
      <DialogActions sx={{ px: 3, pb: 2 }}>
        <Button onClick={onClose}>{translate('deed.close')}</Button>
      </DialogActions>
    </Dialog>
  );
}

function Issued({ invoice }: { readonly invoice: Invoice }) {
  const translate = useTranslate();
  const { seller, buyer, totals } = invoice;
  const from = [seller.name, ...seller.lines, `${seller.postcode} ${seller.city}`, seller.country, seller.taxNumber];
  return (
    <Box sx={{ display: 'grid', gap: 2, overflowWrap: 'anywhere' }}>
      <Typography variant="body2" color="textSecondary">
        {translate('order.issued_at')} <Instant at={invoice.issuedAt} />
      </Typography>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr' } }}>
        <Party title={translate('order.seller')} lines={from} />
        <Party title={translate('order.buyer')} lines={buyer === null ? [translate('order.address_forgotten')] : linesOfAddress(buyer)} />
      </Box>
      <Box component="ul" sx={{ m: 0, pl: 3 }}>
        {invoice.lines.map((line) => (
          <li key={line.productId}>
            {line.quantity} × {line.name} · <Amount money={line.total} />
          </li>
        ))}
      </Box>
      <Typography>
        {translate('order.totals.tax')} <Amount money={totals.tax} /> · {translate('order.totals.total')} <Amount money={totals.total} />
      </Typography>
    </Box>
  );
}

function Party({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  return (
    <div>
      <Typography component="h3" variant="subtitle2">
        {title}
      </Typography>
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </div>
  );
}
