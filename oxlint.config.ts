import { defineConfig } from 'oxlint';

/** Every folder of `services` that is a service: none may import another. */
const productServices = ['auth', 'user', 'catalog', 'inventory', 'order', 'notification', 'sync'] as const;
/** Every subpath import there is; a rule of a folder names those that it may use. */
const subpaths = ['contracts', 'platform', 'client', ...productServices, 'sim', 'standins', 'chaos'] as const;
type Subpath = (typeof subpaths)[number];

interface Restriction {
  readonly files: string[];
  readonly may: readonly Subpath[];
  readonly buildsSql?: boolean;
}

/** Who may import whom: contracts <- platform <- a service; services never each other; stand-ins nothing of ours. */
const restrictions: readonly Restriction[] = [
  // What no line below names: a new service may begin with this, and no more.
  { files: ['services/**'], may: ['contracts', 'platform'] },
  { files: ['services/contracts/**'], may: ['contracts'] },
  { files: ['services/platform/**'], may: ['contracts', 'platform'] },
  ...productServices.map((name): Restriction => ({ files: [`services/${name}/**`], may: ['contracts', 'platform', name] })),
  { files: ['services/main.ts', 'services/migrate.ts'], may: ['contracts', 'platform', ...productServices] },
  { files: ['services/client/**'], may: ['contracts', 'client'] },
  { files: ['services/web/**'], may: ['contracts', 'client'] },
  { files: ['services/edge/**'], may: ['contracts'] },
  { files: ['sim/**'], may: ['sim'], buildsSql: true },
  { files: ['sim/standins/**'], may: ['standins'] },
  // What calls a queue server, and numbers that a seed repeats, are the stand-ins' own.
  { files: ['sim/snapshot/**', 'sim/supervisor/snapshots.ts', 'sim/faults/**'], may: ['sim', 'standins'], buildsSql: true },
  { files: ['sim/conformance/**'], may: ['sim', 'standins'], buildsSql: true },
  // Over the twin's public surface, of which the client is one.
  { files: ['chaos/**'], may: ['chaos', 'client', 'contracts'], buildsSql: true },
  { files: ['chaos/checkers/**'], may: ['chaos'], buildsSql: true },
  { files: ['chaos/explorer/**'], may: ['chaos', 'sync', 'platform', 'contracts'], buildsSql: true },
  { files: ['load/**'], may: ['chaos', 'client', 'contracts'], buildsSql: true },
  { files: ['load/bench/**'], may: ['chaos', 'client', 'contracts', 'sim', 'standins'], buildsSql: true },
  { files: ['e2e/**'], may: [], buildsSql: true },
];

/** Tests start what they need: a database of their own, and stand-ins as processes. */
const testFiles = ['**/*.test.ts', '**/testing/**'];

type ImportRules = {
  'no-restricted-imports': [
    'error',
    { paths: { name: string; importNames: string[]; message: string }[]; patterns: { regex: string; message: string }[] },
  ];
};

const importsOf = (may: readonly Subpath[], buildsSql: boolean): ImportRules => ({
  'no-restricted-imports': [
    'error',
    {
      paths: [
        { name: 'node:process', importNames: ['env'], message: 'Only main.ts and config.ts read the environment.' },
        ...(buildsSql ? [] : [{ name: 'kysely', importNames: ['sql'], message: 'Only *.repository.ts and migrations build SQL.' }]),
      ],
      patterns: [
        {
          regex: `^#(${subpaths.filter((name) => !may.includes(name)).join('|')})/`,
          message: 'This folder must not know that one: see docs/architecture.md.',
        },
        // The same by a relative path: out of one's own top folder or service there is only the subpath import.
        {
          regex: `^(\\./)*(\\.\\./)+(services|load|edge|web|${subpaths.join('|')})/`,
          message: 'Between folders, use a subpath import.',
        },
        { regex: '^(\\.\\./){4,}', message: 'Between folders, use a subpath import.' },
        // By its own name alone, so that the rule above sees it.
        { regex: '^#sim/standins/', message: 'The stand-ins are #standins/.' },
      ],
    },
  ],
});

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['.cache', '.sim', 'node_modules', 'test-results'],
  rules: {
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'no-console': 'error',
    'node/no-process-env': 'error',
    'import/no-cycle': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
    'typescript/consistent-type-imports': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    // Loops wait where order matters; what is independent is written with Promise.all.
    'no-await-in-loop': 'off',
    'import/no-named-as-default-member': 'off',
    'no-control-regex': 'off',
    // Deps are plain objects of functions; nothing of ours uses `this`.
    'typescript/unbound-method': 'off',
    'typescript/no-misused-spread': 'off',
    'typescript/require-array-sort-compare': 'off',
    'typescript/no-unnecessary-type-conversion': 'off',

    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'no-shadow': 'off',
    'no-underscore-dangle': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'promise/always-return': 'off',
    // The compiler knows which switches are exhaustive; this does not.
    'typescript/consistent-return': 'off',
    'promise/no-multiple-resolved': 'off',
    'promise/no-callback-in-promise': 'off',
    'oxc/no-async-endpoint-handlers': 'off',
    'no-unmodified-loop-condition': 'off',
    'unicorn/require-post-message-target-origin': 'off',
    'typescript/no-unnecessary-type-parameters': 'off',
    // Style of templates over bigint and numbers is ours; interpolating objects is still refused.
    'typescript/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  },
  overrides: [
    ...restrictions.map(({ files, may, buildsSql }) => ({ files, rules: importsOf(may, buildsSql ?? false) })),
    {
      files: ['services/**/*.repository.ts', 'services/**/migrations/**', 'services/platform/synced-table.ts'],
      rules: importsOf(['contracts', 'platform'], true),
    },
    { files: testFiles, rules: importsOf(subpaths, true) },
    { files: ['sim/standins/**/*.test.ts'], rules: importsOf(['standins'], true) },
    {
      files: [
        '**/main.ts',
        '**/config.ts',
        '**/*.config.ts',
        'sim/bootstrap.mjs',
        'sim/checks/**',
        'sim/standins/started-child.ts',
        'sim/docker/app-container.ts',
        'chaos/twin/twin.ts',
        ...testFiles,
      ],
      rules: { 'node/no-process-env': 'off' },
    },
    { files: ['chaos/explorer/**', 'chaos/**/*.test.ts'], rules: { 'node/no-process-env': 'off' } },
    {
      files: testFiles,
      rules: {
        'typescript/no-non-null-assertion': 'off',
        'typescript/no-unsafe-type-assertion': 'off',
        'typescript/consistent-type-assertions': 'off',
      },
    },
    // A Worker has no other log than its console; k6 and Playwright print their results with it.
    { files: ['services/edge/**', 'e2e/**', 'load/**'], rules: { 'no-console': 'off' } },
  ],
});
