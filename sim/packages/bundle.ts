import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Packages of many small files, which cost each process half a second of a processor and more to find and read one by one (1,700 files): they are put
 * together once, as they are, and loaded from there. Nothing in them may look where it lies. Those that share a package share it in the bundles too.
 */
export const bundled = {
  '@alicloud/credentials': { paths: [''], commonJs: true },
  '@alicloud/openapi-core': { paths: [''], commonJs: true },
  '@aws-sdk/client-secrets-manager': { paths: [''], commonJs: true },
  '@aws-sdk/client-sqs': { paths: [''], commonJs: true },
  fastify: { paths: [''], commonJs: true },
  jose: { paths: [''], commonJs: false },
  kysely: { paths: ['', '/migration'], commonJs: false },
  pg: { paths: [''], commonJs: false },
  pino: { paths: [''], commonJs: true },
  'prom-client': { paths: [''], commonJs: true },
  typebox: { paths: ['', '/compile', '/error', '/format', '/guard', '/schema', '/system', '/type', '/value'], commonJs: false },
  undici: { paths: [''], commonJs: true },
} as const;

/**
 * Writes the bundles of the packages that are installed in `checkout` to the folder `dir`, with `register.mjs`, which a process loads first (`node --import`).
 * Imports nothing of the project: the build of the production image runs it too.
 */
export async function bundlePackages(checkout: string, dir: string): Promise<void> {
  const { rolldown } = await import('rolldown');
  const required = createRequire(join(checkout, 'package.json'));
  const files = new Map<string, string>();
  const input: Record<string, string> = {};
  // Called .mjs, as whose default a CommonJS module is all that it exports.
  const wrapperOf = (specifier: string): string => `wrapped/${specifier}.mjs`;
  const wrappers = new Map<string, string>();
  for (const [name, { paths, commonJs }] of Object.entries(bundled)) {
    for (const path of paths) {
      const specifier = `${name}${path}`;
      const entry = specifier.replaceAll(/[@/]+/g, '-').replace(/^-/, '');
      files.set(specifier, `${entry}.mjs`);
      input[entry] = commonJs ? wrapperOf(specifier) : specifier;
      if (commonJs) wrappers.set(wrapperOf(specifier), await wrapperText(required.resolve(specifier)));
    }
  }
  const bundle = await rolldown({
    input,
    platform: 'node',
    cwd: checkout,
    plugins: [
      {
        name: 'wrappers',
        resolveId: (id: string) => (wrappers.has(id) ? { id, moduleSideEffects: true } : null),
        load: (id: string) => (wrappers.has(id) ? { code: wrappers.get(id) ?? '', moduleType: 'js' } : null),
      },
    ],
  });
  try {
    await mkdir(dir, { recursive: true });
    await bundle.write({ dir, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
    await writeFile(join(dir, 'register.mjs'), registerText(files));
  } finally {
    await bundle.close();
  }
}

/** An ES module that exports what Node finds in a CommonJS one: a bundle by itself would know its default alone. */
async function wrapperText(file: string): Promise<string> {
  const found: object = await import(pathToFileURL(file).href);
  const names = Object.keys(found).filter((name) => name !== 'default' && name !== 'module.exports' && name !== '__esModule');
  return [
    `import whole from ${JSON.stringify(file)};`,
    'export default whole;',
    `export { whole as "module.exports" };`,
    ...names.map((name, index) => `const export${index} = whole[${JSON.stringify(name)}];`),
    `export { ${names.map((name, index) => `export${index} as ${JSON.stringify(name)}`).join(', ')} };`,
  ].join('\n');
}

/** A module that leads the names of the packages to the files beside it (https://nodejs.org/api/module.html#moduleregisterhooksoptions). */
function registerText(files: ReadonlyMap<string, string>): string {
  return `import { registerHooks } from 'node:module';
const files = new Map(${JSON.stringify([...files])}.map(([name, file]) => [name, new URL(file, import.meta.url).href]));
registerHooks({
  resolve: (specifier, context, next) => {
    const url = files.get(specifier);
    // Another package may have its own version of one of these, in a folder of its own.
    if (url === undefined || context.parentURL?.includes('/node_modules/')) return next(specifier, context);
    return { url, format: 'module', shortCircuit: true };
  },
});
`;
}
