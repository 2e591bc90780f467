import type { Ground } from './residency.ts';

/**
 * What of each entity may cross the border, on what ground, and how two versions of a row become one. What is not declared does not cross. The
 * migration that makes a table synced passes its entry on to the database, whose generated functions read and apply these columns and no others.
 */
export interface EntityPolicy {
  /** `schema.table`; also the entity's name on the wire. */
  readonly entity: string;
  /** The primary key: uuid, or text COLLATE "C", so that ranges of keys order alike in both regions. */
  readonly key: string;
  readonly columns: Readonly<Record<string, ColumnPolicy>>;
  /** Foreign keys into other synced entities: column -> entity. A row waits for its parent. */
  readonly parents: Readonly<Record<string, string>>;
  readonly merge: MergeRule;
  /** UNIQUE constraints over crossing columns whose values may be renamed: `rename` is the column that changes on the loser of a collision. */
  readonly uniques?: readonly { readonly columns: readonly string[]; readonly rename: string }[];
}

export type ColumnPolicy = { readonly crosses: true; readonly ground: Ground } | { readonly crosses: false; readonly why: string };

/** How concurrent versions of one row become the same row on both sides. */
export type MergeRule =
  /** The last writer wins the whole row. */
  | { readonly rule: 'row' }
  /** The last writer wins each group of columns by itself; counters add up what both sides counted. */
  | { readonly rule: 'parts'; readonly groups: Readonly<Record<string, PartGroup>>; readonly counters?: readonly string[] }
  /** Only the region that the row names in `column` writes it; handing it over outranks whatever the old region still sends. */
  | { readonly rule: 'home-region'; readonly column: string };

export interface PartGroup {
  readonly columns: readonly string[];
  /** Makes the group a state machine: `column` only rises in rank, and the higher rank wins over the later write. */
  readonly ranks?: { readonly column: string; readonly order: Readonly<Record<string, number>> };
}

const publicly = { crosses: true, ground: 'public-catalogue' } as const;
const linking = { crosses: true, ground: 'person-link' } as const;

/** Parents stand before their children: batches are applied in this order. */
export const entityPolicies: readonly EntityPolicy[] = [
  {
    entity: 'catalog.category',
    key: 'id',
    columns: { slug: publicly, name: publicly, parent_id: publicly },
    parents: { parent_id: 'catalog.category' },
    merge: { rule: 'row' },
  },
  {
    entity: 'catalog.product',
    key: 'id',
    columns: {
      sku: publicly,
      name: publicly,
      description: publicly,
      category_id: publicly,
      price_minor: publicly,
      currency: publicly,
      priced_at: publicly,
      initial_state: publicly,
      state: { crosses: false, why: 'made in each region of the initial state and the publication, which both cross' },
      cost_minor: { crosses: false, why: 'purchase prices are the trade secret of the region that buys' },
    },
    parents: { category_id: 'catalog.category' },
    merge: { rule: 'row' },
  },
  // What is said of a product beside the row itself has rows of its own: a translation here and a price there are no conflict.
  {
    entity: 'catalog.publication',
    key: 'id',
    columns: { product_id: publicly, state: publicly },
    parents: { product_id: 'catalog.product' },
    merge: { rule: 'row' },
  },
  {
    entity: 'catalog.translation',
    key: 'id',
    columns: { product_id: publicly, language: publicly, name: publicly, description: publicly },
    parents: { product_id: 'catalog.product' },
    merge: { rule: 'row' },
  },
  {
    // Periods that overlap are refused where they are written. What two regions wrote at once may overlap all the same: the price that began last counts.
    entity: 'catalog.price',
    key: 'id',
    columns: {
      product_id: publicly,
      region: publicly,
      currency: publicly,
      amount_minor: publicly,
      valid_from: publicly,
      valid_to: publicly,
    },
    parents: { product_id: 'catalog.product' },
    merge: { rule: 'row' },
  },
  {
    // A variant is a product; this says of which, and what tells it from its siblings.
    entity: 'catalog.variant',
    key: 'id',
    columns: { product_id: publicly, parent_id: publicly, options: publicly },
    parents: { product_id: 'catalog.product', parent_id: 'catalog.product' },
    merge: { rule: 'row' },
  },
  {
    entity: 'catalog.medium',
    key: 'id',
    columns: { product_id: publicly, url: publicly, kind: publicly, alt_en: publicly, alt_zh: publicly, position: publicly },
    parents: { product_id: 'catalog.product' },
    merge: { rule: 'row' },
  },
  {
    entity: 'catalog.store',
    key: 'id',
    columns: {
      code: publicly,
      name: publicly,
      city: publicly,
      country: publicly,
      latitude: publicly,
      longitude: publicly,
      opening_hours: publicly,
      region: publicly,
    },
    parents: {},
    merge: { rule: 'row' },
  },
  {
    // A level and no number: how much of what a region holds is its own affair, and numbers would cross with every sale.
    entity: 'inventory.availability',
    key: 'id',
    columns: { region: publicly, product_id: publicly, level: publicly },
    parents: {},
    merge: { rule: 'home-region', column: 'region' },
  },
  {
    // Either region may end it, so it has no home that alone writes it: its state only moves forward, and the furthest wins.
    entity: 'users.link',
    key: 'id',
    columns: { home_region: linking, state: linking, code_hash: linking, code_expires_at: linking },
    parents: {},
    merge: {
      rule: 'parts',
      groups: {
        beginning: { columns: ['home_region'] },
        standing: {
          columns: ['state', 'code_hash', 'code_expires_at'],
          ranks: { column: 'state', order: { offered: 0, linked: 1, ended: 2, erased: 3 } },
        },
      },
    },
  },
  {
    // By region and the link's number: a row that both could make would lose what one of them says in it, where both make it at once.
    entity: 'users.copy_request',
    key: 'id',
    columns: { person_id: linking, region: linking, asked_at: linking },
    parents: {},
    merge: { rule: 'home-region', column: 'region' },
  },
];

/** The policies of the tables of one schema. */
export const policiesOf = (schema: string): EntityPolicy[] => entityPolicies.filter(({ entity }) => entity.startsWith(`${schema}.`));

/** The policy of one table: a migration declares what it makes, and not what later ones add. Throws where there is none. */
export function policyOf(entity: string): EntityPolicy {
  const policy = entityPolicies.find((one) => one.entity === entity);
  if (policy === undefined) throw new Error(`${entity} has no policy`);
  return policy;
}

/** The columns of `policy` that may cross, in a stable order. */
export function crossingColumns(policy: EntityPolicy): string[] {
  return Object.entries(policy.columns)
    .filter(([, column]) => column.crosses)
    .map(([name]) => name);
}

/** A list of policies, by what ingest and worker ask of it. */
export interface SyncPolicies {
  readonly all: readonly EntityPolicy[];
  /** The policy of `entity`, or undefined where it is not synced. */
  of(entity: string): EntityPolicy | undefined;
  /** Do rows of other entities (or of its own) wait for rows of `entity`? */
  isParent(entity: string): boolean;
  /** The entities that rows of `entity` refer to. */
  parentsOf(entity: string): readonly string[];
  /** Compares entities by the order in which batches are applied: parents first, unknown ones last. */
  byApplyOrder(a: string, b: string): number;
}

/** Prepares `list`, in which parents stand before their children. Throws where an entity stands twice, or before its parent. Pure. */
export function createPolicies(list: readonly EntityPolicy[]): SyncPolicies {
  const byName = new Map<string, EntityPolicy>();
  const order = new Map<string, number>();
  const parents = new Set<string>();
  for (const policy of list) {
    if (byName.has(policy.entity)) throw new Error(`${policy.entity} is declared twice`);
    order.set(policy.entity, byName.size);
    byName.set(policy.entity, policy);
    for (const parent of Object.values(policy.parents)) {
      if (!byName.has(parent)) throw new Error(`${policy.entity} stands before its parent ${parent}`);
      parents.add(parent);
    }
  }
  return {
    all: list,
    of: (entity) => byName.get(entity),
    isParent: (entity) => parents.has(entity),
    parentsOf: (entity) => [...new Set(Object.values(byName.get(entity)?.parents ?? {}))],
    byApplyOrder: (a, b) => (order.get(a) ?? order.size) - (order.get(b) ?? order.size),
  };
}
