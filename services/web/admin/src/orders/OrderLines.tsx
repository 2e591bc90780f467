import Box from '@mui/material/Box';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'react-admin';
import type { Order } from '#contracts/order.ts';
import { Section } from '../layout/Section.tsx';
import { wideOnly } from '../layout/wideOnly.ts';
import { Amount } from '../money/Amount.tsx';

const amounts = ['net', 'shipping', 'tax', 'total'] as const;
const narrow = { px: { xs: 1, sm: 2 } } as const;

/** What was ordered, at the prices of then, how far each line is, and what it comes to. */
export function OrderLines({ order }: { readonly order: Order }) {
  const translate = useTranslate();
  return (
    <Section title={translate('order.lines')}>
      <Table size="small" sx={{ '& .MuiTableCell-root': narrow }}>
        <TableHead>
          <TableRow>
            <TableCell>{translate('order.line.product')}</TableCell>
            <TableCell align="right" sx={wideOnly}>
              {translate('order.line.unit')}
            </TableCell>
            <TableCell align="right">{translate('order.line.quantity')}</TableCell>
            <TableCell align="right">{translate('order.line.shipped')}</TableCell>
            <TableCell align="right" sx={wideOnly}>
              {translate('order.line.returned')}
            </TableCell>
            <TableCell align="right">{translate('order.line.total')}</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {order.lines.map((line) => (
            <TableRow key={line.productId}>
              <TableCell component="th" scope="row" sx={{ overflowWrap: 'anywhere' }}>
                {line.name}
                <Typography variant="caption" color="textSecondary" component="div">
                  {line.sku}
                </Typography>
              </TableCell>
              <TableCell align="right" sx={wideOnly}>
                <Amount money={line.unit} />
              </TableCell>
              <TableCell align="right">{line.quantity}</TableCell>
              <TableCell align="right">{line.shipped}</TableCell>
              <TableCell align="right" sx={wideOnly}>
                {line.returned}
              </TableCell>
              <TableCell align="right">
                <Amount money={line.total} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: '1fr auto', gap: 0.5, px: 2, my: 1, ml: 'auto', maxWidth: 320 }}>
        {amounts.map((name) => (
          <Box key={name} sx={{ display: 'contents', fontWeight: name === 'total' ? 600 : 400 }}>
            <dt>{translate(`order.totals.${name}`)}</dt>
            <Box component="dd" sx={{ m: 0, textAlign: 'right' }}>
              <Amount money={order.totals[name]} />
            </Box>
          </Box>
        ))}
      </Box>
    </Section>
  );
}
