import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

interface BundledPackage {
  /** What of it is imported: its name with each of these behind. */
  readonly paths: readonly string[];
  readonly commonJs: boolean;
  /** Set where the twin alone has it. */
  readonly twin?: true;
}

/**
 * Packages of many small files, which cost each process half a second of a processor and more to find and read one by one (1,700 files): they are put
 * together once, as they are, and loaded from there. Nothing in them may look where it lies. Those that share a package share it in the bundles too, so that what
 * imports one of these belongs here as well: else it loads that again, file by file.
 */
export const bundled: Readonly<Record<string, BundledPackage>> = {
  '@alicloud/credentials': { paths: [''], commonJs: true },
  '@alicloud/openapi-core': { paths: [''], commonJs: true },
  '@aws-sdk/client-secrets-manager': { paths: [''], commonJs: true },
  '@aws-sdk/client-sns': { paths: [''], commonJs: true },
  '@aws-sdk/client-sqs': { paths: [''], commonJs: true },
  '@fastify/cookie': { paths: [''], commonJs: true },
  '@fastify/http-proxy': { paths: [''], commonJs: true, twin: true },
  '@fastify/static': { paths: [''], commonJs: true, twin: true },
  '@fastify/type-provider-typebox': { paths: [''], commonJs: false },
  '@simplewebauthn/server': { paths: [''], commonJs: false },
  'fast-xml-parser': { paths: [''], commonJs: false },
  fastify: { paths: [''], commonJs: true },
  fauxqs: { paths: [''], commonJs: false, twin: true },
  'dns-packet': { paths: [''], commonJs: true, twin: true },
  jose: { paths: [''], commonJs: false },
  kysely: { paths: ['', '/migration'], commonJs: false },
  nodemailer: { paths: [''], commonJs: false },
  commander: { paths: [''], commonJs: false, twin: true },
  pg: { paths: [''], commonJs: false },
  pino: { paths: [''], commonJs: true },
  'prom-client': { paths: [''], commonJs: true },
  'smtp-server': { paths: [''], commonJs: false, twin: true },
  'toxiproxy-node-client': { paths: [''], commonJs: true, twin: true },
  typebox: { paths: ['', '/compile', '/error', '/format', '/guard', '/schema', '/system', '/type', '/value'], commonJs: false },
  undici: { paths: [''], commonJs: true },
};

/**
 * Writes the bundles of the packages that are installed in `checkout` to the folder `dir`, with `register.mjs`, which a process loads first (`node --import`).
 * `withTwin` says whether what the twin alone has is installed there. Imports nothing of the project: the build of the production image runs it too.
 */
export async function bundlePackages(checkout: string, dir: string, { withTwin = false } = {}): Promise<void> {
  const { rolldown } = await import('rolldown');
  const required = createRequire(join(checkout, 'package.json'));
  const files = new Map<string, string>();
  const input: Record<string, string> = {};
  // Called .mjs, as whose default a CommonJS module is all that it exports.
  const wrapperOf = (specifier: string): string => `wrapped/${specifier}.mjs`;
  const wrappers = new Map<string, string>();
  for (const [name, { paths, commonJs, twin }] of Object.entries(bundled)) {
    if (twin === true && !withTwin) continue;
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
    await writeFile(
      join(dir, 'register.mjs'),
      registerText(files, `${relative(await realpath(dir), await realpath(checkout))}/`, await aliasesOf(checkout)),
    );
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

/** The names with a `#` that a checkout gives its own folders (https://nodejs.org/api/packages.html#imports), as beginnings. */
async function aliasesOf(checkout: string): Promise<(readonly [name: string, folder: string])[]> {
  const { imports = {} }: { imports?: Record<string, string> } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'));
  return Object.entries(imports).map(([name, folder]) => [name.slice(0, -1), folder.slice(0, -1)]);
}

/**
 * A module that leads the names of the packages to the files beside it (https://nodejs.org/api/module.html#moduleregisterhooksoptions), and those of our own
 * modules straight to their files: Node looks for package.json files and symbolic links at each of two thousand imports, a fifth of a start.
 */
function registerText(
  files: ReadonlyMap<string, string>,
  root: string,
  aliases: readonly (readonly [name: string, folder: string])[],
): string {
  return `import { registerHooks } from 'node:module';
const files = new Map(${JSON.stringify([...files])}.map(([name, file]) => [name, new URL(file, import.meta.url).href]));
const root = new URL(${JSON.stringify(root)}, import.meta.url);
const aliases = new Map(${JSON.stringify(aliases)}.map(([name, folder]) => [name, new URL(folder, root).href]));
const ownFile = (specifier, parent) => {
  if (specifier.startsWith('.')) return new URL(specifier, parent).href;
  const end = specifier.indexOf('/') + 1;
  const folder = aliases.get(specifier.slice(0, end));
  return folder === undefined ? undefined : folder + specifier.slice(end);
};
registerHooks({
  resolve: (specifier, context, next) => {
    const { parentURL } = context;
    // Another package may have its own version of one of these, in a folder of its own.
    if (parentURL === undefined || parentURL.includes('/node_modules/')) return next(specifier, context);
    const own = specifier.endsWith('.ts') ? ownFile(specifier, parentURL) : undefined;
    if (own !== undefined) return { url: own, format: 'module-typescript', shortCircuit: true };
    const url = files.get(specifier);
    return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
  },
});
`;
}
