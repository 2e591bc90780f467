import { isFull } from '../../effort.ts';
import type { Cell } from '../cells.ts';
import type { RegionPlant, RoleName } from './plant.ts';

/** Whose process a cell is about: `here` is the region that writes, `there` its peer. */
export function victimOf({ victim }: Cell, here: RegionPlant, there: RegionPlant): { readonly at: RegionPlant; readonly role: RoleName } {
  if (victim === 'publisher') return { at: here, role: 'catalog' };
  return victim === 'worker' ? { at: here, role: 'sync-worker' } : { at: there, role: 'sync-ingest' };
}

/** Each step from one side, unless all are asked for: the first from the world, the next from China, and so on. */
export const isMeant = (side: number, step: number): boolean => isFull(process.env) || (side + step) % 2 === 0;
