/** What the panel edits, and which of a record's fields it sends. Everything else (stamps, times, ids) is the service's. */
export type ResourceShape = {
  readonly path: string;
  /** Fixed when the record is made: the record's id is made from it. */
  readonly naturalKey: string;
  readonly editable: readonly string[];
};

export const resources: Readonly<Record<string, ResourceShape>> = {
  products: { path: '/v1/products', naturalKey: 'sku', editable: ['name', 'description', 'categoryId', 'price', 'cost'] },
  categories: { path: '/v1/categories', naturalKey: 'slug', editable: ['name', 'parentId'] },
  stores: { path: '/v1/stores', naturalKey: 'code', editable: ['name', 'city', 'country', 'latitude', 'longitude'] },
};

/** The body that makes a record: what was entered, without what was left empty. */
export function creationOf(shape: ResourceShape, data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of [shape.naturalKey, ...shape.editable]) {
    const value = trimmed(data[field]);
    if (value !== undefined && value !== null && value !== '') body[field] = value;
  }
  return body;
}

/** The body that changes a record: only what differs, so that a field nobody touched is not written. */
export function changeOf(
  shape: ResourceShape,
  data: Readonly<Record<string, unknown>>,
  previous: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of shape.editable) {
    const entered = trimmed(data[field]);
    const value = entered === undefined || entered === '' ? null : entered;
    const before = previous[field] ?? null;
    if (field in data && JSON.stringify(canonical(value)) !== JSON.stringify(canonical(before))) body[field] = value;
  }
  return body;
}

/** Blanks at the ends of what was typed are a slip; the API refuses them. */
function trimmed(value: unknown): unknown {
  return typeof value === 'string' ? value.trim() : value;
}

/** Objects with their keys in one order, so that equal values are equal text. */
function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
