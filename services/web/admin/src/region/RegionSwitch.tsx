import Button from '@mui/material/Button';
import ButtonGroup from '@mui/material/ButtonGroup';
import { useLocation, useTranslate } from 'react-admin';
import type { MouseEvent } from 'react';
import { isObject, textOf } from '../api/reading.ts';
import { type Region, regions } from './region.ts';
import { goToRegion, hrefIn, useRegion } from './useRegion.ts';

/** Two links, one a region, each to the page that is open now. `onColour`: it stands on the region's colour. */
export function RegionSwitch({ onColour = false }: { readonly onColour?: boolean }) {
  const translate = useTranslate();
  const shown = useRegion();
  const page = usePage();
  const open = (event: MouseEvent, region: Region): void => {
    // With a modifier the browser opens a tab of its own.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (region !== shown) goToRegion(region, page);
  };
  return (
    <ButtonGroup component="nav" size="small" color={onColour ? 'inherit' : 'primary'} aria-label={translate('region.switch')}>
      {regions.map((region) => (
        <Button
          key={region}
          component="a"
          href={hrefIn(region, page)}
          onClick={(event: MouseEvent) => open(event, region)}
          {...(region === shown ? { 'aria-current': 'page' as const, sx: currentStyle(onColour) } : {})}
        >
          {translate(`region.${region}`)}
        </Button>
      ))}
    </ButtonGroup>
  );
}

/** The page to open in the other region: that at which the sign-in page stands in the way, else the one shown. */
function usePage(): string {
  const location = useLocation();
  const state: unknown = location.state;
  const next = isObject(state) ? textOf(state['nextPathname']) : undefined;
  return location.pathname === '/login' ? (next ?? '/') : `${location.pathname}${location.search}`;
}

function currentStyle(onColour: boolean) {
  return onColour
    ? { bgcolor: '#fff', color: 'primary.main', fontWeight: 600, '&:hover': { bgcolor: '#fff' } }
    : { bgcolor: 'primary.main', color: '#fff', fontWeight: 600, '&:hover': { bgcolor: 'primary.main' } };
}
