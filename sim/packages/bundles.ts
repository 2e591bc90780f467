import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheDir, checkoutDir } from '../paths.ts';
import { bundled, bundlePackages } from './bundle.ts';

/** Where the bundles of the versions that are installed lie, whether made or not; sim/bootstrap.mjs looks there too. */
function bundleDir(): string {
  const versions = Object.keys(bundled).map((name) => `${name}-${versionOf(name)}`);
  return join(cacheDir, 'packages', versions.join('-'));
}

function versionOf(name: string): string {
  const text = readFileSync(join(checkoutDir, 'node_modules', name, 'package.json'), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}

/** The arguments with which a process of ours loads the bundles; none where they have not been made. */
export function bundleArguments(): string[] {
  const register = join(bundleDir(), 'register.mjs');
  return existsSync(register) ? ['--import', pathToFileURL(register).href] : [];
}

/** Makes the bundles unless they are there (half a second). Two at once do no harm. */
export async function ensureBundles(): Promise<void> {
  const dir = bundleDir();
  if (existsSync(join(dir, 'register.mjs'))) return;
  const partial = `${dir}.${process.pid}`;
  try {
    await bundlePackages(checkoutDir, partial);
    await rename(partial, dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}
