import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import SvgIcon from '@mui/material/SvgIcon';
import { useListPaginationContext, useTranslate } from 'react-admin';

/** Forward and back in a list: what a cursor can do. */
export function CursorActions() {
  const translate = useTranslate();
  const { page, setPage, hasNextPage, hasPreviousPage } = useListPaginationContext();
  return (
    <Box sx={{ flexShrink: 0, ml: 2 }}>
      <IconButton aria-label={translate('ra.navigation.previous')} disabled={hasPreviousPage !== true} onClick={() => setPage(page - 1)}>
        <SvgIcon>
          <path d="M15.4 7.4 14 6l-6 6 6 6 1.4-1.4-4.6-4.6z" />
        </SvgIcon>
      </IconButton>
      <IconButton aria-label={translate('ra.navigation.next')} disabled={hasNextPage !== true} onClick={() => setPage(page + 1)}>
        <SvgIcon>
          <path d="M8.6 16.6 10 18l6-6-6-6-1.4 1.4 4.6 4.6z" />
        </SvgIcon>
      </IconButton>
    </Box>
  );
}
