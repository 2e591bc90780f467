import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import type { MouseEvent, ReactNode } from 'react';
import { useRecordContext, useTranslate } from 'react-admin';
import type { Product } from '../api/records.ts';
import { Instant } from '../i18n/Instant.tsx';
import { Amount } from '../money/Amount.tsx';
import { otherRegion, regions } from '../region/region.ts';
import { goToRegion, hrefIn, useRegion } from '../region/useRegion.ts';
import { compare, type Sighting, type Verdict } from './comparison.ts';
import { useLasting } from './useLasting.ts';
import { useSighting } from './useSighting.ts';

/** The product of the page as each region has it now, and whether a change is still on its way. */
export function BothRegions() {
  const record = useRecordContext<Product>();
  return record === undefined ? null : <Panel id={record.id} poke={record.etag} />;
}

const chipColour = {
  asking: 'default',
  inSync: 'success',
  onItsWay: 'warning',
  notReachable: 'error',
} as const satisfies Record<Verdict, string>;

/** When "usually within a second" is no more an answer. */
const lateAfterMs = 10_000;

function Panel({ id, poke }: { readonly id: string; readonly poke: string }) {
  const translate = useTranslate();
  const sightings = { world: useSighting('world', id, poke), china: useSighting('china', id, poke) };
  const verdict = compare(sightings.world, sightings.china);
  const late = useLasting(verdict === 'onItsWay', lateAfterMs);
  return (
    <Card
      component="section"
      aria-labelledby="both-regions"
      sx={{ flex: '0 1 460px', minWidth: { xs: 0, sm: 340 }, width: { xs: '100%', sm: 'auto' } }}
    >
      <Box sx={{ display: 'flex', alignItems: 'center', justifyContent: 'space-between', p: 2, pb: 0 }}>
        <Typography id="both-regions" variant="h6" component="h2">
          {translate('both.title')}
        </Typography>
        <Box role="status">
          <Chip color={chipColour[verdict]} label={translate(`both.verdict.${verdict}`)} />
        </Box>
      </Box>
      <Typography variant="body2" color="textSecondary" sx={{ px: 2, py: 1 }}>
        {translate(late ? 'both.late' : 'both.about')}
      </Typography>
      <Comparison {...sightings} />
      <OtherRegionLink id={id} />
    </Card>
  );
}

function Comparison(sightings: { readonly world: Sighting; readonly china: Sighting }) {
  const translate = useTranslate();
  const rows: readonly {
    readonly label: string;
    readonly of: (product: Product) => ReactNode;
    readonly key: (product: Product) => string;
  }[] = [
    { label: 'both.price', of: (product) => <Amount money={product.price} />, key: (product) => JSON.stringify(product.price) },
    { label: 'both.name', of: (product) => product.name, key: (product) => product.name },
    { label: 'both.updated_at', of: (product) => <Instant at={product.updatedAt} seconds />, key: (product) => product.updatedAt },
    { label: 'both.stamp', of: (product) => <Version product={product} />, key: (product) => product.etag },
  ];
  return (
    <Table size="small" sx={{ tableLayout: 'fixed' }}>
      <TableHead>
        <TableRow>
          <TableCell sx={{ width: 84 }} />
          {regions.map((region) => (
            <RegionHead key={region} region={region} />
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {rows.map((row) => {
          const differs = differ(sightings.world, sightings.china, row.key);
          return (
            <TableRow key={row.label} sx={differs ? { bgcolor: 'rgba(237, 108, 2, 0.09)' } : {}}>
              <TableCell component="th" scope="row" sx={{ color: 'text.secondary', verticalAlign: 'top' }}>
                {translate(row.label)}
              </TableCell>
              {regions.map((region) => (
                <TableCell key={region} sx={{ verticalAlign: 'top', overflowWrap: 'anywhere' }}>
                  <Seen sighting={sightings[region]}>{row.of}</Seen>
                </TableCell>
              ))}
            </TableRow>
          );
        })}
      </TableBody>
    </Table>
  );
}

function RegionHead({ region }: { readonly region: (typeof regions)[number] }) {
  const translate = useTranslate();
  const shown = useRegion();
  return (
    <TableCell scope="col">
      {translate(`region.${region}`)}
      {region === shown ? (
        <Typography component="span" variant="caption" color="textSecondary" sx={{ ml: 1 }}>
          {translate('both.current')}
        </Typography>
      ) : null}
    </TableCell>
  );
}

function Seen({ sighting, children }: { readonly sighting: Sighting; readonly children: (product: Product) => ReactNode }) {
  const translate = useTranslate();
  if (sighting.kind === 'found') return children(sighting.product);
  return (
    <Typography component="span" variant="body2" color="textSecondary">
      {translate(`both.${sighting.kind}`)}
    </Typography>
  );
}

function Version({ product }: { readonly product: Product }) {
  const { version, origin } = product.stamp;
  return (
    <Typography component="span" variant="caption" sx={{ fontFamily: 'ui-monospace, monospace' }}>
      {origin}
      <br />
      {version}
    </Typography>
  );
}

function OtherRegionLink({ id }: { readonly id: string }) {
  const translate = useTranslate();
  const other = otherRegion(useRegion());
  const page = `/products/${id}`;
  const open = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goToRegion(other, page);
  };
  return (
    <Box sx={{ p: 2 }}>
      <Link href={hrefIn(other, page)} onClick={open}>
        {translate('both.open', { region: translate(`region.${other}`) })}
      </Link>
    </Box>
  );
}

function differ(world: Sighting, china: Sighting, key: (product: Product) => string): boolean {
  return world.kind === 'found' && china.kind === 'found' && key(world.product) !== key(china.product);
}
