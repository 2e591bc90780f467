import type { Mutant } from '../mutant.ts';

const region = 'services/catalog/migrations/0012-store-region.ts';
const use = 'services/inventory/migrations/0006-in-use-elsewhere.ts';
const deploying = 'services/catalog/migrations/store-region.pg.test.ts';
const elsewhere = 'services/inventory/stock/elsewhere.pg.test.ts';
const inUse = 'services/catalog/in-use-elsewhere.pg.test.ts';

/** A store is in one region, both say in which, and the goods of the other region are seen as far as they are known. */
export const stockRegionsMutants: readonly Mutant[] = [
  {
    id: 'store-region-filled-in',
    guards: ['stores'],
    bug: 'each region fills in by itself where its rows are, under the stamps that they have',
    file: region,
    find: '    await makeSynced(',
    replacement: '    await sql`UPDATE catalog.store SET region = catalog.region_of(region, country)`.execute(db);\n    await makeSynced(',
    killedBy: { file: deploying, name: 'whichever is migrated first' },
  },
  {
    id: 'store-region-follows-country',
    guards: ['stores'],
    bug: 'a store that moves to another country moves to the other region',
    file: region,
    find: 'NEW.region := catalog.region_of(OLD.region, OLD.country);',
    replacement: 'NEW.region := catalog.region_of(OLD.region, NEW.country);',
    killedBy: { file: deploying, name: 'the region stays when the country changes' },
  },
  {
    id: 'store-of-the-other-region-is-used',
    guards: ['stores'],
    bug: 'only what is missing cannot be used',
    file: region,
    find: 'WHERE s.region IS DISTINCT FROM catalog.region()',
    replacement: 'WHERE s.id IS NULL',
    killedBy: { file: elsewhere, name: 'nothing is received, counted or brought into' },
  },
  {
    id: 'product-of-the-other-region-is-deleted',
    guards: ['stores'],
    bug: 'of a product only what is here counts',
    file: use,
    find: 'ON n.region <> a.region',
    replacement: 'ON n.region = a.region',
    killedBy: { file: inUse, name: 'a product stays while the other region has some' },
  },
];
