function parse(item: string): object | undefined {
  try {
    const value: unknown = JSON.parse(item);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Key, stamp and what else the protocol itself puts into an item: no column is called like that. */
const isReserved = (name: string): boolean => name.startsWith('$');

/** The names that an item (JSON text) itself has. Undefined where it is no JSON object. */
export function namesOf(item: string): string[] | undefined {
  const value = parse(item);
  return value === undefined ? undefined : Object.keys(value);
}

const DEEPEST = 4;
/** The vector and the stamps of parts, by origin and by group: no names of columns, but they may read like some. */
const withoutColumns = new Set(['$w', '$p']);

/** Collects names; within the protocol's own too, since these may hold columns again: the contents that a deletion keeps. */
function collect(value: unknown, into: Set<string>, depth = 0): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    into.add(name);
    if (isReserved(name) && !withoutColumns.has(name) && depth < DEEPEST) collect(inner, into, depth + 1);
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Whether an item carries a name that was looked for. What is no JSON object is unreadable, if it looks as if it might. */
export type Carries = (item: string) => 'none' | 'some' | 'unreadable';

/**
 * Looks for `names` in items. Almost no item has one, so most are cleared by a search through their text: a name stands there in quotes, or is
 * hidden by escapes (\u0063, \/). Only what that search finds is parsed.
 */
export function carriesAny(names: Iterable<string>): Carries {
  const wanted = new Set(names);
  if (wanted.size === 0) return () => 'none';
  const suspicious = new RegExp(String.raw`\\u|\\/|${[...wanted].map((name) => escaped(JSON.stringify(name))).join('|')}`);
  return (item) => {
    if (!suspicious.test(item)) return 'none';
    const value = parse(item);
    if (value === undefined) return 'unreadable';
    const found = new Set<string>();
    collect(value, found);
    return [...wanted].some((name) => found.has(name)) ? 'some' : 'none';
  };
}
