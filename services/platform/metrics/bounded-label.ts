const MOST_VALUES = 40;
const VALUE = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;

/**
 * Keeps a label small whose values come from elsewhere: what is no name, and whatever is new when there are `most` values, becomes `other`. Each value is a time series,
 * kept for as long as the process lives.
 */
export function createBoundedLabel(most = MOST_VALUES): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most || !VALUE.test(value)) return 'other';
    known.add(value);
    return value;
  };
}
