import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Button from '@mui/material/Button';
import { type ReactNode, useState } from 'react';
import {
  DeleteWithConfirmButton,
  Edit,
  type RaRecord,
  SaveButton,
  SimpleForm,
  Toolbar,
  useEditContext,
  useGetRecordRepresentation,
  useNotify,
  useRecordContext,
  useResourceContext,
  useTranslate,
} from 'react-admin';
import { ProblemError } from '../api/problem.ts';
import { useRegion } from '../region/useRegion.ts';
import { PageTitle } from './PageTitle.tsx';

type Props = { readonly children: ReactNode; readonly aside?: ReactNode };

/**
 * The page on which one record is changed or deleted. A save stays on the page, so that one sees it arrive in the other region; a record
 * that was changed meanwhile is not overwritten, but offered to be loaded anew.
 */
export function RecordEdit({ children, aside }: Props) {
  const translate = useTranslate();
  const notify = useNotify();
  const region = translate(`region.${useRegion()}`);
  const [stale, setStale] = useState(false);
  const failed = (error: unknown): void => {
    if (error instanceof ProblemError && error.code === 'stale') return setStale(true);
    if (error instanceof ProblemError && error.body.errors !== undefined) return;
    const words = error instanceof Error ? error.message : 'ra.notification.http_error';
    notify(words, { type: 'error', messageArgs: { _: words } });
  };
  const saved = (record: RaRecord, variables: { readonly previousData?: RaRecord }): void => {
    const written = record['etag'] !== variables.previousData?.['etag'];
    notify(written ? 'saved' : 'unchanged', { type: written ? 'success' : 'info', messageArgs: { region } });
  };
  return (
    <Edit
      mutationMode="pessimistic"
      redirect={false}
      mutationOptions={{ onError: failed, onSuccess: saved }}
      title={<RecordTitle />}
      aside={<>{aside}</>}
      sx={{ '& .RaEdit-main': { flexWrap: 'wrap', gap: 2 }, '& .RaEdit-card': { flex: '1 1 420px', minWidth: 0 } }}
    >
      {stale ? <StaleNotice onReloaded={() => setStale(false)} /> : null}
      <SimpleForm toolbar={<RecordToolbar onDeleteFailed={failed} />} warnWhenUnsavedChanges>
        {children}
      </SimpleForm>
    </Edit>
  );
}

function RecordTitle() {
  const resource = useResourceContext();
  const represent = useGetRecordRepresentation(resource);
  const record = useRecordContext();
  const text = record === undefined ? '' : represent(record);
  return <PageTitle page={typeof text === 'string' ? text : ''} />;
}

function StaleNotice({ onReloaded }: { readonly onReloaded: () => void }) {
  const translate = useTranslate();
  const { refetch } = useEditContext();
  const reload = async (): Promise<void> => {
    await refetch();
    onReloaded();
  };
  return (
    <Alert
      severity="warning"
      sx={{ borderRadius: 0 }}
      action={
        <Button color="inherit" variant="outlined" size="small" autoFocus onClick={() => void reload()}>
          {translate('stale.reload')}
        </Button>
      }
    >
      <AlertTitle>{translate('stale.title')}</AlertTitle>
      {translate('stale.body')}
    </Alert>
  );
}

function RecordToolbar({ onDeleteFailed }: { readonly onDeleteFailed: (error: unknown) => void }) {
  const translate = useTranslate();
  const record = useRecordContext();
  const region = translate(`region.${useRegion()}`);
  const name: unknown = record?.['name'];
  return (
    <Toolbar sx={{ justifyContent: 'space-between' }}>
      <SaveButton alwaysEnable={false} />
      <DeleteWithConfirmButton
        mutationMode="pessimistic"
        mutationOptions={{ onError: onDeleteFailed }}
        confirmTitle={translate('delete.title', { name })}
        confirmContent={translate('delete.body', { region })}
      />
    </Toolbar>
  );
}
