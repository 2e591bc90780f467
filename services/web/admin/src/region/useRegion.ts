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

/** The address of a page (`/products/ID`) in a region. Ids agree in both, so a record's page is the same record's page. */
export function hrefIn(region: Region, page: string): string {
  return `/${region}#${page}`;
}

/** Opens a page in a region without loading the panel anew. */
export function goToRegion(region: Region, page: string): void {
  window.history.pushState(null, '', hrefIn(region, page));
  changed.dispatchEvent(new Event('region'));
}

export const RegionContext = createContext<Region>('world');

/** The region whose records are shown. */
export function useRegion(): Region {
  return use(RegionContext);
}
