import { DataTable, DateInput, SelectInput, TextInput, useTranslate } from 'react-admin';
import { FulfilmentState, OrderState, type OrderSummary, PaymentState } from '#contracts/order.ts';
import { Instant } from '../i18n/Instant.tsx';
import { RecordLink } from '../layout/RecordLink.tsx';
import { RecordList } from '../layout/RecordList.tsx';
import { wideOnly } from '../layout/wideOnly.ts';
import { Amount } from '../money/Amount.tsx';
import { FulfilmentStateChip, OrderStateChip, PaymentStateChip } from './StateChip.tsx';

const choicesOf = (names: readonly string[], group: string) => names.map((id) => ({ id, name: `order.${group}.${id}` }));

/** The orders of the region, the newest first: by number, by where they are, and by when they were placed. */
export function OrderList() {
  const translate = useTranslate();
  const number = translate('filter.order_number');
  const filters = [
    <TextInput
      key="number"
      source="number"
      label={number}
      alwaysOn
      resettable
      helperText={false}
      slotProps={{ htmlInput: { maxLength: 32 } }}
      sx={{ minWidth: 160 }}
    />,
    <SelectInput
      key="fulfilmentState"
      source="fulfilmentState"
      choices={choicesOf(FulfilmentState.enum, 'fulfilment')}
      alwaysOn
      helperText={false}
    />,
    <SelectInput key="state" source="state" choices={choicesOf(OrderState.enum, 'state')} helperText={false} />,
    <SelectInput key="paymentState" source="paymentState" choices={choicesOf(PaymentState.enum, 'payment')} helperText={false} />,
    <DateInput key="createdFrom" source="createdFrom" label="filter.created_from" helperText={false} />,
    <DateInput key="createdBefore" source="createdBefore" label="filter.created_before" helperText={false} />,
  ];
  return (
    <RecordList sort={{ field: 'createdAt', order: 'DESC' }} filters={filters}>
      <DataTable rowClick="show" bulkActionButtons={false} hiddenColumns={[]}>
        <DataTable.Col source="number">
          <RecordLink source="number" />
        </DataTable.Col>
        <DataTable.Col<OrderSummary> source="createdAt" sx={wideOnly} render={(order) => <Instant at={order.createdAt} />} />
        <DataTable.Col<OrderSummary> source="state" disableSort sx={wideOnly} render={(order) => <OrderStateChip state={order.state} />} />
        <DataTable.Col<OrderSummary>
          source="paymentState"
          disableSort
          sx={wideOnly}
          render={(order) => <PaymentStateChip state={order.paymentState} />}
        />
        <DataTable.Col<OrderSummary>
          source="fulfilmentState"
          disableSort
          render={(order) => <FulfilmentStateChip state={order.fulfilmentState} />}
        />
        <DataTable.Col<OrderSummary> source="total" disableSort align="right" render={(order) => <Amount money={order.total} />} />
      </DataTable>
    </RecordList>
  );
}
