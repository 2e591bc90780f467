import type { ReactElement, ReactNode } from 'react';
import {
  CreateButton,
  FilterButton,
  List,
  type SortPayload,
  TopToolbar,
  useGetResourceLabel,
  useResourceContext,
  useResourceDefinition,
} from 'react-admin';
import { CursorPagination } from './CursorPagination.tsx';
import { EmptyList } from './EmptyList.tsx';
import { PageTitle } from './PageTitle.tsx';

type Props = {
  readonly children: ReactNode;
  readonly sort?: SortPayload;
  readonly filters?: readonly ReactElement[];
  /** What the list is of, whatever else is filtered. */
  readonly filter?: Readonly<Record<string, string | boolean>>;
};

/** The page that lists records, read by cursor: forward and back, not to any page. */
export function RecordList({ children, sort, filters, filter }: Props) {
  const resource = useResourceContext() ?? '';
  const label = useGetResourceLabel();
  const { hasCreate } = useResourceDefinition();
  return (
    <List
      title={<PageTitle page={label(resource, 2)} />}
      perPage={25}
      exporter={false}
      empty={<EmptyList />}
      sx={{
        '& .RaList-actions.RaList-actions': { backgroundColor: 'transparent' },
        '& .RaList-main': { minWidth: 0 },
        '& .RaList-content': { overflowX: 'auto' },
        '& .MuiTableCell-root': { px: { xs: 1, sm: 2 } },
      }}
      {...(sort === undefined ? {} : { sort })}
      {...(filter === undefined ? {} : { filter: { ...filter } })}
      {...(filters === undefined ? {} : { filters: [...filters] })}
      actions={
        // On a phone the create button floats, and an empty bar would stay.
        <TopToolbar sx={{ display: { xs: 'contents', sm: 'flex' } }}>
          {filters === undefined ? null : <FilterButton disableSaveQuery />}
          {hasCreate === true ? <CreateButton variant="contained" /> : null}
        </TopToolbar>
      }
      pagination={<CursorPagination />}
    >
      {children}
    </List>
  );
}
