import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import { useState } from 'react';
import {
  AutocompleteInput,
  BooleanInput,
  DataTable,
  ReferenceField,
  ReferenceInput,
  TextField,
  useRecordContext,
  useRefresh,
  useTranslate,
} from 'react-admin';
import { operations } from '#client/index.ts';
import type { Stock, StockLevel } from '#contracts/inventory.ts';
import { RecordList } from '../layout/RecordList.tsx';
import { wideOnly } from '../layout/wideOnly.ts';
import { useMayCall } from '../session/SessionContext.ts';
import { type StockDeed, StockDialog } from './StockDialog.tsx';

const levelColour = { out: 'error', low: 'warning', ample: 'success' } as const satisfies Record<StockLevel, string>;
const byName = { field: 'name', order: 'ASC' } as const;
const searched = (q: string) => ({ q });

/** What each store of the region has of each product. */
export function StockList() {
  const translate = useTranslate();
  const filters = [
    <ReferenceInput key="storeId" source="storeId" reference="stores" perPage={200} sort={byName} alwaysOn>
      <AutocompleteInput optionText="name" size="small" helperText={false} filterToQuery={() => ({})} sx={{ minWidth: 200 }} />
    </ReferenceInput>,
    <ReferenceInput key="productId" source="productId" reference="products" sort={byName} alwaysOn>
      <AutocompleteInput optionText="name" size="small" helperText={false} filterToQuery={searched} sx={{ minWidth: 220 }} />
    </ReferenceInput>,
    <BooleanInput key="lowOnly" source="lowOnly" label="filter.low_only" alwaysOn helperText={false} />,
  ];
  return (
    <RecordList sort={{ field: 'productId', order: 'ASC' }} filters={filters}>
      <DataTable rowClick={false} bulkActionButtons={false} hiddenColumns={[]}>
        <DataTable.Col source="productId" disableSort>
          <ReferenceField source="productId" reference="products" link={false} emptyText="–">
            <TextField source="name" sx={{ overflowWrap: 'anywhere' }} />
          </ReferenceField>
        </DataTable.Col>
        <DataTable.Col source="storeId" disableSort sx={wideOnly}>
          <ReferenceField source="storeId" reference="stores" link={false} emptyText="–">
            <TextField source="name" />
          </ReferenceField>
        </DataTable.Col>
        <DataTable.NumberCol source="onHand" />
        <DataTable.NumberCol source="reserved" disableSort sx={wideOnly} />
        <DataTable.NumberCol source="available" sx={wideOnly} />
        <DataTable.Col<Stock>
          source="level"
          disableSort
          render={(stock) => (
            <Chip size="small" variant="outlined" color={levelColour[stock.level]} label={translate(`stock.level.${stock.level}`)} />
          )}
        />
        <DataTable.Col source="change" disableSort>
          <Changing />
        </DataTable.Col>
      </DataTable>
    </RecordList>
  );
}

function Changing() {
  const translate = useTranslate();
  const refresh = useRefresh();
  const stock = useRecordContext<Stock & { readonly id: string }>();
  const mayReceive = useMayCall(operations.inventory.createReceipt);
  const mayCount = useMayCall(operations.inventory.createCount);
  const [open, setOpen] = useState<StockDeed | undefined>(undefined);
  if (stock === undefined) return null;
  const deeds: readonly StockDeed[] = [...(mayReceive ? (['receive'] as const) : []), ...(mayCount ? (['count'] as const) : [])];
  return (
    <Box sx={{ display: 'flex', flexDirection: { xs: 'column', md: 'row' }, gap: 1, py: 0.5 }}>
      {deeds.map((deed) => (
        <Button key={deed} size="small" variant="outlined" onClick={() => setOpen(deed)}>
          {translate(`stock.${deed}`)}
        </Button>
      ))}
      {open === undefined ? null : <StockDialog stock={stock} deed={open} onChanged={refresh} onClose={() => setOpen(undefined)} />}
    </Box>
  );
}
