import type { Mutant } from '../mutant.ts';

const ingress = 'services/sync/residency/ingress.ts';
const egress = 'services/sync/residency/egress.ts';
const names = 'services/sync/residency/names.ts';
const atTheBorder = 'services/sync/residency/residency.pg.test.ts';
const marked = 'services/sync/residency/marked.pg.test.ts';
const catalogue = 'services/residency.pg.test.ts';

/** What may cross, and what must not. */
export const residencyMutants: readonly Mutant[] = [
  {
    id: 'an-undeclared-column',
    guards: ['I80'],
    bug: 'a migration adds a column that no policy names',
    file: 'services/catalog/migrations/0001-catalogue.ts',
    find: 'cost_minor int8 CHECK (cost_minor >= 0)',
    replacement: 'cost_minor int8 CHECK (cost_minor >= 0), supplier text',
    killedBy: { file: catalogue, name: 'agree on every column of every synced table' },
  },
  {
    id: 'undeclared-means-yes',
    guards: ['I80'],
    bug: 'the columns that stay home are declared to the database as crossing',
    file: 'services/contracts/sync-policy.ts',
    find: '.filter(([, column]) => column.crosses)',
    replacement: '',
    killedBy: { file: atTheBorder, name: 'holds the columns that cross, and nothing else' },
  },
  {
    id: 'egress-is-not-looked-at',
    guards: ['I81'],
    bug: 'what the generated function read is sent unseen',
    file: 'services/sync/worker/deliver.ts',
    find: '      screen(rows);',
    replacement: '',
    killedBy: { file: atTheBorder, name: 'is looked at whatever function read it' },
  },
  {
    id: 'egress-trusts-the-database',
    guards: ['I81'],
    bug: 'a column that the policy of the process keeps home leaves, where the database was told that it crosses',
    file: egress,
    find: `if (carries(one.item) === 'none') continue;`,
    replacement: 'continue;',
    killedBy: { file: atTheBorder, name: 'is looked at against the policy of this process too' },
  },
  {
    id: 'ingress-is-not-screened',
    guards: ['I82'],
    bug: 'an item with a column that stays home is applied, or parked with it',
    file: 'services/sync/ingest/apply.ts',
    find: 'isOversized(place.item) ? oversized : screen(place.entity, place.item)',
    replacement: 'isOversized(place.item) ? oversized : undefined',
    killedBy: { file: atTheBorder, name: 'a table that is here and does not cross is refused' },
  },
  {
    id: 'escapes-hide-names',
    guards: ['I82'],
    bug: 'a name that is written with escapes is not recognised',
    file: names,
    find: String.raw`String.raw${'`'}\\u|\\/|${'$'}{`,
    replacement: String.raw`String.raw${'`'}${'$'}{`,
    killedBy: { file: atTheBorder, name: 'a name that is hidden by escapes' },
  },
  {
    id: 'ingress-knows-only-the-policy',
    guards: ['I82'],
    bug: 'a column that is new here, and in no policy of this process, comes in',
    file: ingress,
    find: '...(columns ?? []).filter((name) => !crossing.has(name))',
    replacement: '',
    killedBy: { file: atTheBorder, name: 'a column that a migration has just added stays home' },
  },
  {
    id: 'tables-that-do-not-cross-are-parked',
    guards: ['I82'],
    bug: 'an item for a table that is here and not synced waits as an unknown entity, contents and all',
    file: ingress,
    find: 'if (policy === undefined && columns !== undefined) return () => refused;',
    replacement: '',
    killedBy: { file: atTheBorder, name: 'a table that is here and does not cross is refused' },
  },
  {
    id: 'refused-items-are-kept-as-letters',
    guards: ['I82'],
    bug: 'the dead letter of a parked item that must not be here keeps its contents',
    file: 'services/sync/ingest/apply.repository.ts',
    find: 'CASE WHEN $3 <> $4 THEN item END',
    replacement: 'CASE WHEN $3 = $4 THEN item END',
    killedBy: { file: atTheBorder, name: 'what was parked before its column was restricted leaves without a trace' },
  },
  {
    id: 'a-value-hides-in-the-vector',
    guards: ['I83'],
    bug: 'the generated read function sends a column that stays home where no check of names sees it',
    file: 'services/sync/migrations/0001-core/5-templates.sql',
    find: `'$w', t.vector, {{read_columns}}`,
    replacement: `'$w', t.vector || jsonb_strip_nulls(jsonb_build_object('none#1', to_jsonb(t) -> 'cost_minor')), {{read_columns}}`,
    killedBy: { file: marked, name: 'marked values are in nothing that crossed' },
  },
  {
    id: 'conflict-records-keep-whole-rows',
    guards: ['I83'],
    bug: 'a conflict record holds the columns that stay home',
    file: 'services/sync/migrations/0001-core/6-apply-template.sql',
    find: `'$w', t.vector, {{read_columns}}`,
    replacement: `'$w', t.vector, 'row', to_jsonb(t), {{read_columns}}`,
    killedBy: { file: marked, name: 'marked values are in nothing that crossed' },
  },
  {
    id: 'errors-are-logged-with-rows',
    guards: ['I83'],
    bug: 'a logged error of PostgreSQL quotes the row that it refused',
    file: 'services/platform/log.ts',
    find: '[`err.${name}`, ',
    replacement: '[',
    killedBy: { file: 'services/platform/log.test.ts', name: 'an error of PostgreSQL is logged without the row that it quotes' },
  },
  {
    id: 'waiting-values-of-home-columns-stay',
    guards: ['I82', 'hole 16'],
    bug: 'what came under the name of a column before it was here is kept, though the column stays home',
    file: 'services/sync/migrations/0001-core/65-skew.sql',
    find: 'WHERE u.entity = of_entity AND a.attrelid = synced AND a.attname = u.name AND a.attnum > 0 AND NOT a.attisdropped;',
    replacement: 'WHERE false;',
    killedBy: { file: atTheBorder, name: 'what waited for a column goes when the column comes and stays home' },
  },
];
