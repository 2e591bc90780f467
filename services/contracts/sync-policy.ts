/**
 * What of each entity may cross the border, and on what ground. What is not declared does not cross. The migration that makes a table
 * synced passes its entry on to the database, whose generated functions read and apply these columns and no others.
 */
export interface EntityPolicy {
  /** `schema.table`; also the entity's name on the wire. */
  readonly entity: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, ColumnPolicy>>;
  /** Foreign keys into other synced entities: column -> entity. A row waits for its parent. */
  readonly parents: Readonly<Record<string, string>>;
}

export type ColumnPolicy =
  | { readonly crosses: true; readonly ground: 'public-catalogue' }
  | { readonly crosses: false; readonly why: string };

const publicly = { crosses: true, ground: 'public-catalogue' } as const;

/** Parents stand before their children: batches are applied in this order. */
export const entityPolicies = [
  {
    entity: 'catalog.category',
    key: 'id',
    columns: { slug: publicly, name: publicly, parent_id: publicly },
    parents: { parent_id: 'catalog.category' },
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
      cost_minor: { crosses: false, why: 'purchase prices are the trade secret of the region that buys' },
    },
    parents: { category_id: 'catalog.category' },
  },
  {
    entity: 'catalog.store',
    key: 'id',
    columns: { code: publicly, name: publicly, city: publicly, country: publicly, latitude: publicly, longitude: publicly },
    parents: {},
  },
] as const satisfies readonly EntityPolicy[];

/** The columns of `policy` that may cross, in a stable order. */
export function crossingColumns(policy: EntityPolicy): string[] {
  return Object.entries(policy.columns)
    .filter(([, column]) => column.crosses)
    .map(([name]) => name);
}

/** The policy of `entity`, or undefined where it is not synced. */
export function policyOf(entity: string): EntityPolicy | undefined {
  return entityPolicies.find((policy) => policy.entity === entity);
}

const parentEntities = new Set<string>(entityPolicies.flatMap((policy) => Object.values<string>(policy.parents)));
const order = new Map<string, number>(entityPolicies.map((policy, index) => [policy.entity, index]));

/** Do rows of other entities wait for rows of `entity`? */
export function isParent(entity: string): boolean {
  return parentEntities.has(entity);
}

/** The entities that rows of `entity` refer to. */
export function parentsOf(entity: string): string[] {
  return [...new Set(Object.values<string>(policyOf(entity)?.parents ?? {}))];
}

/** Compares entities by the order in which batches are applied: parents first, unknown ones last. */
export function byApplyOrder(a: string, b: string): number {
  return (order.get(a) ?? order.size) - (order.get(b) ?? order.size);
}
