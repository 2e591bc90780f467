import { AppError } from '../errors.ts';

/** The entity tag of a row that counts its changes: for tables that are not synced, and have no stamp. */
export const versionTag = (version: number): string => `"${version}"`;

/** Throws AppError `stale` where none of the tags that an If-Match named is that of `version`. */
export function requireVersion(version: number, tags: readonly string[]): void {
  if (!tags.includes(String(version))) throw new AppError('stale');
}
