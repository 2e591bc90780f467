import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { ShowBase, Title, useShowContext, useTranslate } from 'react-admin';
import type { Order } from '#contracts/order.ts';
import { messageOf } from '../session/messageOf.ts';
import { PageTitle } from '../layout/PageTitle.tsx';
import { DeliveryAddress } from './DeliveryAddress.tsx';
import { OrderActions } from './OrderActions.tsx';
import { OrderFacts } from './OrderFacts.tsx';
import { OrderLines } from './OrderLines.tsx';
import { Payments } from './Payments.tsx';
import { Returns } from './Returns.tsx';
import { Shipments } from './Shipments.tsx';
import { ShortClosure } from './ShortClosure.tsx';

const queryOptions = {
  // The framework takes what a list has of a record for the record, unless the two are told apart: a list has no lines.
  meta: { whole: true },
  // It would go back to the list; here it is said what is wrong.
  onError: () => undefined,
};

/** One order: what was agreed, where it is, and what staff does with it. */
export function OrderPage() {
  return (
    <ShowBase queryOptions={queryOptions}>
      <OrderOfPage />
    </ShowBase>
  );
}

function OrderOfPage() {
  const translate = useTranslate();
  const { record, error, isPending, refetch } = useShowContext<Order>();
  const reread = (): void => void refetch();
  if (record === undefined) {
    return (
      <Box sx={{ pt: 2 }}>
        <Title title={<PageTitle page={translate('order.title')} />} />
        {isPending ? <LinearProgress aria-label={translate('ra.page.loading')} /> : null}
        {error instanceof Error ? (
          <Alert
            severity="error"
            action={
              <Button color="inherit" size="small" onClick={reread}>
                {translate('order.reread')}
              </Button>
            }
          >
            {translate(messageOf(error), { _: messageOf(error) })}
          </Alert>
        ) : null}
      </Box>
    );
  }
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 2,
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 2fr) minmax(0, 1fr)' },
        pt: 2,
        alignItems: 'start',
      }}
    >
      <Title title={<PageTitle page={record.number} />} />
      <Box sx={{ display: 'grid', gap: 2, minWidth: 0 }}>
        <OrderFacts order={record} actions={<OrderActions order={record} onChanged={reread} />} />
        <OrderLines order={record} />
        <Shipments order={record} onChanged={reread} />
        <ShortClosure order={record} />
        <Returns order={record} />
      </Box>
      <Box sx={{ display: 'grid', gap: 2, minWidth: 0 }}>
        <DeliveryAddress address={record.shipTo} />
        <Payments payments={record.payments} />
      </Box>
    </Box>
  );
}
