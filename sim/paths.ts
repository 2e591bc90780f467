import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this checkout: everything the twin runs from and keeps lies below it. */
export const checkoutDir = dirname(dirname(fileURLToPath(import.meta.url)));

/** What can be made again lies here: templates, compile caches, built panels. */
export const cacheDir = join(checkoutDir, '.cache');

/** A short name of a folder, stable and different for each checkout. */
export function folderId(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12);
}
