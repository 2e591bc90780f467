import { join } from 'node:path';
import { tryLock } from '../supervisor/lock.ts';
import { peerOf, type Region } from '../topology/regions.ts';
import { rotateDatabaseLogin } from './database-login.ts';
import type { Rotatable } from './rotatable.ts';
import type { Stores } from './store.ts';
import { rotateSyncKeys } from './sync-keys.ts';
import { rotateTokenKeys } from './token-keys.ts';

/** A new key is known for so long before it signs, as production waits: services/auth/README.md, docs/security.md. */
export const overlapsMs = { 'token-keys': 6 * 60_000, 'sync-keys': 65_000 } as const;

export interface RotateOptions {
  /** In the place of `overlapsMs`. */
  readonly overlapMs?: number;
  readonly note: (text: string) => void;
}

/** Rotates one secret of a region while everything runs; answers what is so now. Throws where the same is under way already. */
export async function rotate(stores: Stores, region: Region, rotatable: Rotatable, { overlapMs, note }: RotateOptions): Promise<string> {
  const unlock = tryLock(join(stores.paths.secretsDir, `${region}-${rotatable.name.replaceAll('/', '-')}.lock`));
  if (unlock === undefined) throw new Error(`${rotatable.name} of ${region} is being rotated already: wait for that`);
  try {
    switch (rotatable.of) {
      case 'database':
        return await rotateDatabaseLogin(stores, region, rotatable.role);
      case 'token-keys':
        return await rotateTokenKeys(stores, region, overlapMs ?? overlapsMs['token-keys'], note);
      case 'sync-keys':
        if (!stores.state.regions.includes(peerOf(region)))
          throw new RangeError(`${rotatable.name} is known to ${peerOf(region)}, which is not there: npm run sim:up adds it`);
        return await rotateSyncKeys(stores, region, overlapMs ?? overlapsMs['sync-keys'], note);
    }
  } finally {
    unlock();
  }
}
