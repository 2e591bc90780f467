import { RecordCreate } from '../layout/RecordCreate.tsx';
import { RecordEdit } from '../layout/RecordEdit.tsx';
import { BothRegions } from './BothRegions.tsx';
import { ProductInputs } from './ProductForm.tsx';

/** Making a product. */
export function ProductCreate() {
  return (
    <RecordCreate>
      <ProductInputs isNew />
    </RecordCreate>
  );
}

/** Changing a product, beside what each region has of it now. */
export function ProductEdit() {
  return (
    <RecordEdit aside={<BothRegions />}>
      <ProductInputs isNew={false} />
    </RecordEdit>
  );
}
