import { AutocompleteInput, DataTable, ReferenceField, ReferenceInput, SearchInput, TextField, useTranslate } from 'react-admin';
import type { Product } from '../api/records.ts';
import { Instant } from '../i18n/Instant.tsx';
import { RecordLink } from '../layout/RecordLink.tsx';
import { RecordList } from '../layout/RecordList.tsx';
import { wideOnly } from '../layout/wideOnly.ts';
import { Amount } from '../money/Amount.tsx';

/** The catalogue of the region: searched, filtered, sorted. */
export function ProductList() {
  const translate = useTranslate();
  const search = translate('filter.search');
  const filters = [
    <SearchInput
      key="q"
      source="q"
      alwaysOn
      placeholder={search}
      helperText={false}
      slotProps={{ htmlInput: { 'aria-label': search, maxLength: 100 } }}
      sx={{ minWidth: 280 }}
    />,
    <ReferenceInput key="categoryId" source="categoryId" reference="categories" perPage={200} sort={byName} alwaysOn>
      <AutocompleteInput optionText="name" size="small" helperText={false} sx={{ minWidth: 220 }} />
    </ReferenceInput>,
  ];
  return (
    <RecordList sort={{ field: 'sku', order: 'ASC' }} filters={filters}>
      <DataTable rowClick="edit" bulkActionButtons={false} hiddenColumns={[]}>
        <DataTable.Col source="sku">
          <RecordLink source="sku" />
        </DataTable.Col>
        <DataTable.Col source="name" />
        <DataTable.Col source="categoryId" disableSort sx={wideOnly}>
          <ReferenceField source="categoryId" reference="categories" link={false} emptyText="–">
            <TextField source="name" />
          </ReferenceField>
        </DataTable.Col>
        <DataTable.Col<Product> source="price" disableSort align="right" render={(product) => <Amount money={product.price} />} />
        <DataTable.Col<Product> source="updatedAt" sx={wideOnly} render={(product) => <Instant at={product.updatedAt} />} />
      </DataTable>
    </RecordList>
  );
}

const byName = { field: 'name', order: 'ASC' } as const;
