import type { EditShape } from './resources.ts';

type Fields = Pick<EditShape, 'naturalKey' | 'editable'>;

/** The body that makes a record: what was entered, without what was left empty. */
export function creationOf(shape: Fields, data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of [shape.naturalKey, ...shape.editable]) {
    const value = trimmed(data[field]);
    if (value !== undefined && value !== null && value !== '') body[field] = value;
  }
  return body;
}

/** The body that changes a record: only what differs, so that a field nobody touched is not written. */
export function changeOf(
  shape: Fields,
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
