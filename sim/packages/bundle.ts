import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Packages of many small files, which cost each process some 0.4 s of a processor to find and read one by one (938 files): they are put together once, as
 * they are, and loaded from there. Pure ES modules without side effects alone: nothing in them looks where it lies.
 */
export const bundled = {
  typebox: ['', '/compile', '/error', '/format', '/guard', '/schema', '/system', '/type', '/value'],
  kysely: [''],
} as const;

/**
 * Writes the bundles of the packages that are installed in `checkout` to the folder `dir`, with `register.mjs`, which a process loads first (`node --import`).
 * Imports nothing of the project: the build of the production image runs it too.
 */
export async function bundlePackages(checkout: string, dir: string): Promise<void> {
  const { rolldown } = await import('rolldown');
  const specifiers = Object.entries(bundled).flatMap(([name, paths]) => paths.map((path) => `${name}${path}`));
  const files = new Map(specifiers.map((specifier) => [specifier, `${specifier.replace('/', '-')}.mjs`]));
  const input = Object.fromEntries([...files].map(([specifier, file]) => [file.slice(0, -'.mjs'.length), specifier]));
  const bundle = await rolldown({ input, platform: 'node', cwd: checkout });
  try {
    await mkdir(dir, { recursive: true });
    await bundle.write({ dir, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
    await writeFile(join(dir, 'register.mjs'), registerText(files));
  } finally {
    await bundle.close();
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
