import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheDir, checkoutDir } from '../paths.ts';
import { bundlePackages } from './bundle.ts';

/** Where the bundles of what the lockfile names lie, whether made or not; sim/bootstrap.mjs looks there too. */
function bundleDir(): string {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json', 'sim/packages/bundle.ts']) hash.update(readFileSync(join(checkoutDir, file)));
  return join(cacheDir, 'packages', hash.digest('hex').slice(0, 16));
}

/** The arguments with which a process of ours loads the bundles; none where they have not been made. */
export function bundleArguments(): string[] {
  const register = join(bundleDir(), 'register.mjs');
  return existsSync(register) ? ['--import', pathToFileURL(register).href] : [];
}

/** Makes the bundles unless they are there (two seconds). Two at once do no harm. */
export async function ensureBundles(): Promise<void> {
  const dir = bundleDir();
  if (existsSync(join(dir, 'register.mjs'))) return;
  const partial = `${dir}.${process.pid}`;
  try {
    await bundlePackages(checkoutDir, partial, { withTwin: true });
    await rename(partial, dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
