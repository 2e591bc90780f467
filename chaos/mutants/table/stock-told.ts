import type { Mutant } from '../mutant.ts';

const told = 'services/inventory/migrations/0004-alerts-told.ts';
const sql = 'services/inventory/migrations/0002-stock';
const levels = 'services/inventory/availability/levels.pg.test.ts';

/** What is told of stock: levels, availability and alerts. */
export const stockToldMutants: readonly Mutant[] = [
  {
    id: 'low-begins-below',
    guards: ['levels'],
    bug: 'what is low begins one below the threshold',
    file: `${sql}/2-levels.sql`,
    find: `WHEN available <= low_at THEN 'low'`,
    replacement: `WHEN available < low_at THEN 'low'`,
    killedBy: { file: levels, name: 'is written when a sale crosses a level' },
  },
  {
    id: 'each-sale-tells',
    guards: ['levels'],
    bug: 'every sale writes alerts and availability',
    file: `${sql}/2-levels.sql`,
    find: `
  WHEN (inventory.level_of(OLD.on_hand - OLD.reserved, OLD.low_at) <> inventory.level_of(NEW.on_hand - NEW.reserved, NEW.low_at))`,
    replacement: '',
    killedBy: { file: levels, name: 'are one as long as the level is one' },
  },
  {
    id: 'each-store-tells',
    guards: ['levels'],
    bug: 'availability is of whichever store sold last',
    file: told,
    find: 'IF NEW.store_id = (SELECT s.online_store_id FROM inventory.setting s) THEN',
    replacement: 'IF true THEN',
    killedBy: { file: levels, name: 'is of the online store alone' },
  },
  {
    id: 'old-store-stays-available',
    guards: ['levels'],
    bug: 'what only the old online store has stays available',
    file: `${sql}/2-levels.sql`,
    find: `
        UNION SELECT a.product_id FROM inventory.availability a JOIN sync.node n ON n.region = a.region`,
    replacement: '',
    killedBy: { file: levels, name: 'is of the online store alone' },
  },
  {
    id: 'alert-stays-open',
    guards: ['levels'],
    bug: 'an alert does not end where it is over',
    file: told,
    find: ` AND a.ended_at IS NULL;`,
    replacement: ` AND a.ended_at IS NULL AND level <> 'ample';`,
    killedBy: { file: levels, name: 'begin and end with what they tell of' },
  },
  {
    id: 'alert-of-ample',
    guards: ['levels'],
    bug: 'there is an alert of what is ample',
    file: told,
    find: `IF level <> 'ample' THEN`,
    replacement: `IF level <> 'low' THEN`,
    killedBy: { file: levels, name: 'begin and end with what they tell of' },
  },
  {
    id: 'alert-untold',
    guards: ['levels'],
    bug: 'that a product is out is no event',
    file: told,
    find: '          PERFORM events.emit(',
    replacement: `          IF level = 'out' THEN RETURN NULL; END IF; PERFORM events.emit(`,
    killedBy: { file: levels, name: 'begin and end with what they tell of' },
  },
];
