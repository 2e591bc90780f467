import { AutocompleteInput, ReferenceInput, regex, required, TextInput } from 'react-admin';
import { PriceInput } from '../money/PriceInput.tsx';

const sku = [required(), regex(/^[!-~]([ -~]{0,62}[!-~])?$/, 'validation.sku')];

/** The inputs of a product. The SKU names it for good: the id is made from it. */
export function ProductInputs({ isNew }: { readonly isNew: boolean }) {
  return (
    <>
      <TextInput source="sku" readOnly={!isNew} validate={isNew ? sku : []} helperText={false} />
      <TextInput source="name" validate={required()} helperText={false} />
      <TextInput source="description" multiline minRows={2} helperText={false} />
      <ReferenceInput source="categoryId" reference="categories" perPage={200} sort={byName}>
        <AutocompleteInput optionText="name" helperText={false} />
      </ReferenceInput>
      <PriceInput source="price" required />
      <PriceInput source="cost" />
    </>
  );
}

const byName = { field: 'name', order: 'ASC' } as const;
