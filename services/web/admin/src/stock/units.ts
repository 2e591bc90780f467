/** The most that the API takes at once. */
const mostUnits = 1_000_000;

/** A whole number of units that a person wrote, from `least` on; nothing for what is none. Pure. */
export function unitsOf(typed: string, least: number): number | undefined {
  const plain = typed.normalize('NFKC').trim();
  if (!/^\d{1,7}$/.test(plain)) return undefined;
  const units = Number(plain);
  return units < least || units > mostUnits ? undefined : units;
}
