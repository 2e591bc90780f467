import { Pagination, useListContext, useTranslate } from 'react-admin';
import { isObject } from '../api/reading.ts';
import { CursorActions } from './CursorActions.tsx';

/** Which records of how many are shown; of a list that is too long to count, how many there are at least. */
export function CursorPagination() {
  const translate = useTranslate();
  const { meta } = useListContext();
  const most: unknown = isObject(meta) ? meta['moreThan'] : undefined;
  const said =
    typeof most === 'number'
      ? {
          labelDisplayedRows: ({ from, to }: { from: number; to: number }) =>
            translate('list.more_than', { from, to, most: Math.max(most, to) }),
        }
      : {};
  return <Pagination rowsPerPageOptions={[10, 25, 50, 100]} actions={CursorActions} {...said} />;
}
