import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { DataTable, ReferenceField, TextField, useRecordContext, useRefresh, useTranslate } from 'react-admin';
import { operations } from '#client/index.ts';
import type { Refund } from '#contracts/refund.ts';
import { Instant } from '../i18n/Instant.tsx';
import { RecordList } from '../layout/RecordList.tsx';
import { wideOnly } from '../layout/wideOnly.ts';
import { Amount } from '../money/Amount.tsx';
import { useMayCall } from '../session/SessionContext.ts';
import { SettleDialog } from './SettleDialog.tsx';

const owed = { owed: true } as const;

/** What buyers are owed: refunds that the provider has refused and that nobody has settled yet, and those that it does not answer. */
export function RefundList() {
  const translate = useTranslate();
  return (
    <RecordList sort={{ field: 'createdAt', order: 'DESC' }} filter={owed}>
      <DataTable rowClick={false} bulkActionButtons={false} hiddenColumns={[]}>
        <DataTable.Col source="orderId" disableSort>
          <ReferenceField source="orderId" reference="orders" link="show">
            <TextField source="number" />
          </ReferenceField>
        </DataTable.Col>
        <DataTable.Col<Refund> source="amount" disableSort align="right" render={(refund) => <Amount money={refund.amount} />} />
        <DataTable.Col<Refund> source="cause" disableSort sx={wideOnly} render={(refund) => translate(`refund.cause.${refund.cause}`)} />
        <DataTable.Col<Refund> source="createdAt" sx={wideOnly} render={(refund) => <Instant at={refund.createdAt} />} />
        <DataTable.Col source="settle" disableSort>
          <Settling />
        </DataTable.Col>
      </DataTable>
    </RecordList>
  );
}

function Settling() {
  const translate = useTranslate();
  const refresh = useRefresh();
  const refund = useRecordContext<Refund>();
  const may = useMayCall(operations.order.retryRefund);
  const [open, setOpen] = useState<Refund['givenBy'] | undefined>(undefined);
  if (refund === undefined || !may) return null;
  // It may have gone through: nobody pays it once more before that is known.
  if (refund.state === 'requested') return <>{translate('refund.waiting')}</>;
  return (
    <Box sx={{ display: 'flex', flexDirection: { xs: 'column', md: 'row' }, gap: 1, py: 0.5 }}>
      <Button size="small" variant="outlined" onClick={() => setOpen('provider')}>
        {translate('refund.again')}
      </Button>
      <Button size="small" variant="outlined" onClick={() => setOpen('elsewhere')}>
        {translate('refund.elsewhere')}
      </Button>
      {open === undefined ? null : <SettleDialog refund={refund} givenBy={open} onChanged={refresh} onClose={() => setOpen(undefined)} />}
    </Box>
  );
}
