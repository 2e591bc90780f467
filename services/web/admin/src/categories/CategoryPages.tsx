import { AutocompleteInput, DataTable, ReferenceField, ReferenceInput, regex, required, TextField, TextInput } from 'react-admin';
import type { Category } from '../api/records.ts';
import { Instant } from '../i18n/Instant.tsx';
import { RecordCreate } from '../layout/RecordCreate.tsx';
import { RecordEdit } from '../layout/RecordEdit.tsx';
import { RecordLink } from '../layout/RecordLink.tsx';
import { RecordList } from '../layout/RecordList.tsx';
import { wideOnly } from '../layout/wideOnly.ts';

const slug = [required(), regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'validation.slug')];

export function CategoryList() {
  return (
    <RecordList sort={{ field: 'name', order: 'ASC' }}>
      <DataTable rowClick="edit" bulkActionButtons={false}>
        <DataTable.Col source="name">
          <RecordLink source="name" />
        </DataTable.Col>
        <DataTable.Col source="slug" />
        <DataTable.Col source="parentId" disableSort sx={wideOnly}>
          <ReferenceField source="parentId" reference="categories" link={false} emptyText="–">
            <TextField source="name" />
          </ReferenceField>
        </DataTable.Col>
        <DataTable.Col<Category> source="updatedAt" sx={wideOnly} render={(category) => <Instant at={category.updatedAt} />} />
      </DataTable>
    </RecordList>
  );
}

export function CategoryCreate() {
  return (
    <RecordCreate>
      <CategoryInputs isNew />
    </RecordCreate>
  );
}

export function CategoryEdit() {
  return (
    <RecordEdit>
      <CategoryInputs isNew={false} />
    </RecordEdit>
  );
}

function CategoryInputs({ isNew }: { readonly isNew: boolean }) {
  return (
    <>
      <TextInput source="slug" readOnly={!isNew} validate={isNew ? slug : []} helperText={false} />
      <TextInput source="name" validate={required()} helperText={false} />
      <ReferenceInput source="parentId" reference="categories" perPage={200} sort={{ field: 'name', order: 'ASC' }}>
        <AutocompleteInput optionText="name" helperText={false} />
      </ReferenceInput>
    </>
  );
}
