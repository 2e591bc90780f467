import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { Link, useCreatePath, useResourceContext, useResourceDefinition, useTranslate } from 'react-admin';

/** What a list says that has nothing in it at all. */
export function EmptyList() {
  const translate = useTranslate();
  const createPath = useCreatePath();
  const resource = useResourceContext() ?? '';
  const { hasCreate } = useResourceDefinition();
  return (
    <Box sx={{ display: 'grid', gap: 2, justifyItems: 'start', pt: 4 }}>
      <Typography>{translate(`resources.${resource}.empty`)}</Typography>
      {hasCreate === true ? (
        <Button variant="contained" component={Link} to={createPath({ resource, type: 'create' })}>
          {translate('ra.action.create')}
        </Button>
      ) : null}
    </Box>
  );
}
