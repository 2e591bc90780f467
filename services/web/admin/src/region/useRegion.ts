import { createContext, use, useSyncExternalStore } from 'react';
import { type Region, regionOfPath } from './region.ts';

const changed = new EventTarget();

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  changed.addEventListener('region', listener);
  return () => {
    window.removeEventListener('popstate', listener);
    changed.removeEventListener('region', listener);
  };
}

/** The region that the address of the page names; follows the browser's back and forward. */
export function useRegionOfPage(): Region {
  return useSyncExternalStore(subscribe, () => regionOfPath(window.location.pathname));
}

/** The address of the page that is open now, as the given region has it: ids agree in both, so the same record is shown. */
export function hrefIn(region: Region): string {
  return `/${region}${window.location.hash}`;
}

/** Opens the same page in the other region without loading the panel anew. */
export function goToRegion(region: Region): void {
  window.history.pushState(null, '', hrefIn(region));
  changed.dispatchEvent(new Event('region'));
}

export const RegionContext = createContext<Region>('world');

/** The region whose records are shown. */
export function useRegion(): Region {
  return use(RegionContext);
}
