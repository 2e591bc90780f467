import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheDir, checkoutDir } from '../paths.ts';

/**
 * Packages of many small files, which cost each process some 0.4 s of a processor to find and read one by one (938 files): they are put together once, as
 * they are, and loaded from there. Pure ES modules without side effects alone: nothing in them looks where it lies.
 */
const bundled = {
  typebox: ['', '/compile', '/error', '/format', '/guard', '/schema', '/system', '/type', '/value'],
  kysely: [''],
} as const;

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
  const { rolldown } = await import('rolldown');
  const partial = `${dir}.${process.pid}`;
  const specifiers = Object.entries(bundled).flatMap(([name, paths]) => paths.map((path) => `${name}${path}`));
  const files = new Map(specifiers.map((specifier) => [specifier, `${specifier.replace('/', '-')}.mjs`]));
  const input = Object.fromEntries([...files].map(([specifier, file]) => [file.slice(0, -'.mjs'.length), specifier]));
  const bundle = await rolldown({ input, platform: 'node', cwd: checkoutDir });
  try {
    await mkdir(partial, { recursive: true });
    await bundle.write({ dir: partial, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
    await writeFile(join(partial, 'register.mjs'), registerText(files));
    await rename(partial, dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await bundle.close();
    await rm(partial, { recursive: true, force: true });
  }
}

/** A module that leads the names of the packages to the files beside it (https://nodejs.org/api/module.html#moduleregisterhooksoptions). */
function registerText(files: ReadonlyMap<string, string>): string {
  return `import { registerHooks } from 'node:module';
const files = new Map(${JSON.stringify([...files])}.map(([name, file]) => [name, new URL(file, import.meta.url).href]));
registerHooks({
  resolve: (specifier, context, next) => {
    const url = files.get(specifier);
    return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
  },
});
`;
}
