import Box from '@mui/material/Box';
import { useTranslate } from 'react-admin';
import type { ShippingAddress } from '#contracts/shipping.ts';
import { Section } from '../layout/Section.tsx';
import { linesOfAddress } from './address.ts';

/** Where the goods go, written as there; nothing once it has been forgotten. */
export function DeliveryAddress({ address }: { readonly address: ShippingAddress | null }) {
  const translate = useTranslate();
  return (
    <Section title={translate('order.address')}>
      <Box component="address" sx={{ fontStyle: 'normal', px: 2, pb: 1, overflowWrap: 'anywhere' }}>
        {address === null ? translate('order.address_forgotten') : null}
        {address === null ? null : [...linesOfAddress(address), address.phone].map((line) => <div key={line}>{line}</div>)}
      </Box>
    </Section>
  );
}
