import { AutocompleteInput, ReferenceInput, required, TextInput } from 'react-admin';
import { PriceInput } from '../money/PriceInput.tsx';

/** The inputs of a product. The SKU names it for good: the id is made from it. */
export function ProductInputs({ isNew }: { readonly isNew: boolean }) {
  return (
    <>
      <TextInput source="sku" readOnly={!isNew} validate={isNew ? required() : []} helperText={false} />
      <TextInput source="name" validate={required()} helperText={false} />
      <TextInput source="description" multiline minRows={2} helperText={false} />
      <ReferenceInput source="categoryId" reference="categories" perPage={200} sort={sortNone}>
        <AutocompleteInput optionText="name" helperText={false} />
      </ReferenceInput>
      <PriceInput source="price" required />
      <PriceInput source="cost" />
    </>
  );
}

const sortNone = { field: 'id', order: 'ASC' } as const;
