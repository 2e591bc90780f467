import { useMemo } from 'react';
import {
  DataTable,
  maxValue,
  minValue,
  NumberInput,
  regex,
  required,
  SelectInput,
  TextInput,
  useRecordContext,
  useTranslate,
} from 'react-admin';
import { Value } from 'typebox/value';

import { Country } from '#contracts/country.ts';

import type { Store } from '../api/records.ts';
import { Instant } from '../i18n/Instant.tsx';
import { RecordCreate } from '../layout/RecordCreate.tsx';
import { RecordEdit } from '../layout/RecordEdit.tsx';
import { RecordLink } from '../layout/RecordLink.tsx';
import { RecordList } from '../layout/RecordList.tsx';
import { wideOnly } from '../layout/wideOnly.ts';
import { regions } from '../region/region.ts';

const code = [required(), regex(/^[A-Z0-9][A-Z0-9-]{0,31}$/, 'validation.code')];
const assigned = (code: string): string | undefined => (Value.Check(Country, code) ? undefined : 'validation.country');
const latitude = [minValue(-90, 'validation.latitude'), maxValue(90, 'validation.latitude')];
const choices = regions.map((id) => ({ id, name: `region.${id}` }));
const longitude = [minValue(-180, 'validation.longitude'), maxValue(180, 'validation.longitude')];

export function StoreList() {
  const translate = useTranslate();
  return (
    <RecordList sort={{ field: 'code', order: 'ASC' }}>
      <DataTable rowClick="edit" bulkActionButtons={false}>
        <DataTable.Col source="code">
          <RecordLink source="code" />
        </DataTable.Col>
        <DataTable.Col source="name" />
        <DataTable.Col source="city" disableSort />
        <DataTable.Col source="country" disableSort sx={wideOnly} />
        <DataTable.Col<Store> source="region" disableSort sx={wideOnly} render={(store) => translate(`region.${store.region}`)} />
        <DataTable.Col<Store> source="updatedAt" sx={wideOnly} render={(store) => <Instant at={store.updatedAt} />} />
      </DataTable>
    </RecordList>
  );
}

export function StoreCreate() {
  return (
    <RecordCreate>
      <StoreInputs isNew />
    </RecordCreate>
  );
}

export function StoreEdit() {
  return (
    <RecordEdit>
      <StoreInputs isNew={false} />
    </RecordEdit>
  );
}

function StoreInputs({ isNew }: { readonly isNew: boolean }) {
  const kept = useRecordContext<Store>()?.country;
  // What was written before there was a list may stay, while the rest is changed.
  const country = useMemo(() => [required(), (code: string) => (code === kept ? undefined : assigned(code))], [kept]);
  return (
    <>
      <TextInput source="code" readOnly={!isNew} validate={isNew ? code : []} helperText={false} />
      <TextInput source="name" validate={required()} helperText={false} />
      <TextInput source="city" validate={required()} helperText={false} />
      <TextInput source="country" validate={country} helperText={false} />
      {/* A store that is made here is of this region, for good. */}
      {isNew ? null : <SelectInput source="region" choices={choices} readOnly helperText={false} />}
      <NumberInput source="latitude" step="any" validate={latitude} helperText={false} />
      <NumberInput source="longitude" step="any" validate={longitude} helperText={false} />
    </>
  );
}
