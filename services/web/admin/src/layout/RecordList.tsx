import type { ReactElement, ReactNode } from 'react';
import {
  CreateButton,
  FilterButton,
  List,
  Pagination,
  type SortPayload,
  TopToolbar,
  useGetResourceLabel,
  useResourceContext,
} from 'react-admin';
import { CursorActions } from './CursorActions.tsx';
import { PageTitle } from './PageTitle.tsx';

type Props = {
  readonly children: ReactNode;
  readonly sort?: SortPayload;
  readonly filters?: readonly ReactElement[];
};

/** The page that lists records, read by cursor: forward and back, not to any page. */
export function RecordList({ children, sort, filters }: Props) {
  const resource = useResourceContext() ?? '';
  const label = useGetResourceLabel();
  return (
    <List
      title={<PageTitle page={label(resource, 2)} />}
      perPage={25}
      exporter={false}
      sx={{ '& .RaList-main': { minWidth: 0 }, '& .RaList-content': { overflowX: 'auto' } }}
      {...(sort === undefined ? {} : { sort })}
      {...(filters === undefined ? {} : { filters: [...filters] })}
      actions={
        <TopToolbar>
          {filters === undefined ? null : <FilterButton disableSaveQuery />}
          <CreateButton variant="contained" />
        </TopToolbar>
      }
      pagination={<Pagination rowsPerPageOptions={[10, 25, 50, 100]} actions={CursorActions} />}
    >
      {children}
    </List>
  );
}
