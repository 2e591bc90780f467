import type { ReactNode } from 'react';
import {
  Create,
  type RaRecord,
  SaveButton,
  SimpleForm,
  Toolbar,
  useGetResourceLabel,
  useNotify,
  useRedirect,
  useResourceContext,
  useTranslate,
} from 'react-admin';
import { useRegion } from '../region/useRegion.ts';
import { PageTitle } from './PageTitle.tsx';

/** The page on which a record is made; leads to the record's own page. */
export function RecordCreate({ children }: { readonly children: ReactNode }) {
  const translate = useTranslate();
  const notify = useNotify();
  const redirect = useRedirect();
  const resource = useResourceContext() ?? '';
  const label = useGetResourceLabel();
  const region = translate(`region.${useRegion()}`);
  const created = (record: RaRecord): void => {
    notify('created', { type: 'success', messageArgs: { region } });
    redirect('edit', resource, record.id, record);
  };
  return (
    <Create
      mutationMode="pessimistic"
      mutationOptions={{ onSuccess: created }}
      title={<PageTitle page={translate('ra.page.create', { name: label(resource, 1) })} />}
      sx={{ maxWidth: 760 }}
    >
      <SimpleForm toolbar={<CreateToolbar />} warnWhenUnsavedChanges>
        {children}
      </SimpleForm>
    </Create>
  );
}

/** Saving is offered from the start: it shows what a new record needs. */
function CreateToolbar() {
  return (
    <Toolbar>
      <SaveButton alwaysEnable />
    </Toolbar>
  );
}
