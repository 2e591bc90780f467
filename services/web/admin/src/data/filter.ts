import { isObject, textOf } from '../api/reading.ts';

/** The query of what was chosen in a list's filters: text without blanks at the ends, and nothing of what was left empty. */
export function queryOfFilter(filter: unknown): Record<string, string | boolean> {
  const query: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(isObject(filter) ? filter : {})) {
    const text = textOf(value)?.trim();
    if (text !== undefined && text !== '') query[name] = text;
    if (typeof value === 'boolean') query[name] = value;
  }
  return query;
}
