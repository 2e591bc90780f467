import { CATEGORIES, NOWHERE, PRODUCTS, type Statement } from './history.ts';

/** The keys of one case: no two cases share rows, so that one pair of databases serves all. */
export interface Keys {
  readonly categories: readonly string[];
  readonly products: readonly string[];
  readonly store: string;
  readonly all: readonly string[];
}

/** Alike for every case but for the case's number in front: rows order alike in a replay. */
export function keysOf(caseNumber: number): Keys {
  const key = (slot: number): string => `${caseNumber.toString(16).padStart(8, '0')}-0000-4000-8000-${slot.toString(16).padStart(12, '0')}`;
  const categories = Array.from({ length: CATEGORIES }, (_, n) => key(0xc0 + n));
  const products = Array.from({ length: PRODUCTS }, (_, n) => key(0xd0 + n));
  const store = key(0xe0);
  return { categories, products, store, all: [...categories, ...products, store] };
}

const list = (keys: readonly string[]): string => keys.map((key) => `'${key}'`).join(', ');

/** The SQL of one statement. Keys and numbers are the explorer's own, so they stand in the text: several statements then cost one call. */
export function sqlOf(statement: Statement, keys: Keys): string {
  const category = (n: number): string =>
    n === NOWHERE ? 'NULL' : `(SELECT c.id FROM catalog.category c WHERE c.id = '${keys.categories[n]}')`;
  const product = (n: number): string => `'${keys.products[n]}'`;
  switch (statement.do) {
    case 'put category': {
      const key = keys.categories[statement.row];
      // A tree, whatever is moved: circles are the application's to refuse (the SPEC says so).
      const under = statement.under < statement.row ? statement.under : NOWHERE;
      return `INSERT INTO catalog.category (id, slug, name, parent_id) VALUES ('${key}', '${key}', 'name ${statement.value}', ${category(under)})
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id`;
    }
    case 'put product': {
      const key = product(statement.row);
      return `INSERT INTO catalog.product (id, sku, name, category_id, price_minor) VALUES (${key}, ${key}, 'name', ${category(statement.under)}, ${statement.value})
        ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id, price_minor = excluded.price_minor`;
    }
    case 'put store':
      return `INSERT INTO catalog.store (id, code, name) VALUES ('${keys.store}', '${keys.store}', 'name ${statement.value}')
        ON CONFLICT (id) DO UPDATE SET name = excluded.name`;
    case 'price':
      return `UPDATE catalog.product SET price_minor = ${statement.value} WHERE id = ${product(statement.row)}`;
    case 'cost':
      return `UPDATE catalog.product SET cost_minor = ${statement.value} WHERE id = ${product(statement.row)}`;
    case 'move':
      return `UPDATE catalog.product SET category_id = ${category(statement.under)} WHERE id = ${product(statement.row)}`;
    case 'bulk price':
      return `UPDATE catalog.product SET price_minor = ${statement.value} WHERE id IN (${list(keys.products)})`;
    case 'delete category':
      return `DELETE FROM catalog.category WHERE id = '${keys.categories[statement.row]}'`;
    case 'delete product':
      return `DELETE FROM catalog.product WHERE id = ${product(statement.row)}`;
    case 'delete store':
      return `DELETE FROM catalog.store WHERE id = '${keys.store}'`;
    case 'delete all products':
      return `DELETE FROM catalog.product WHERE id IN (${list(keys.products)})`;
    case 'delete the family':
      // One statement a node: RESTRICT lets nobody delete parent and child in one.
      return [
        `DELETE FROM catalog.product WHERE id IN (${list(keys.products)})`,
        `UPDATE catalog.category SET parent_id = NULL WHERE id IN (${list(keys.categories)})`,
        `DELETE FROM catalog.category WHERE id IN (${list(keys.categories)})`,
      ].join('; ');
    default:
      return statement satisfies never;
  }
}
