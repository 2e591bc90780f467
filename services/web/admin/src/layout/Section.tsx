import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Typography from '@mui/material/Typography';
import { type ReactNode, useId } from 'react';

type Props = { readonly title: string; readonly action?: ReactNode; readonly children: ReactNode };

/** A part of a page under a heading. What is too wide for a phone is scrolled in it, and not the page. */
export function Section({ title, action, children }: Props) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} sx={{ minWidth: 0 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', justifyContent: 'space-between', gap: 1, px: 2, pt: 2, pb: 1 }}>
        <Typography id={id} variant="h6" component="h2">
          {title}
        </Typography>
        {action}
      </Box>
      <Box sx={{ overflowX: 'auto', pb: 1 }}>{children}</Box>
    </Card>
  );
}
