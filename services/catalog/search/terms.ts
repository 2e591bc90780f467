/** Han characters, as PostgreSQL's and JavaScript's regular expressions both write a range: the common block and extension A. */
export const HAN = '\u3400-\u4dbf\u4e00-\u9fff';

/** What a search looks for: a word of letters and digits, or a run of Chinese, which has no spaces, as its pairs of neighbours. */
export type Unit =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'han'; readonly grams: readonly string[]; /** How many of them have to be there. */ readonly least: number };

/** What is longer is a text and no search; each unit costs a look into the index. */
const MOST_UNITS = 8;
const MOST_GRAMS = 12;

const run = new RegExp(`[${HAN}]+|[^\\s${HAN}]+`, 'gu');
const isHan = new RegExp(`^[${HAN}]`, 'u');
const edges = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;

/** Cuts a search into what each has to be found. Pure. */
export function unitsOf(query: string): readonly Unit[] {
  const units: Unit[] = [];
  for (const [text] of query.matchAll(run)) {
    if (units.length === MOST_UNITS) break;
    // Quotes and commas around a word say nothing, unless there is nothing else.
    units.push(isHan.test(text) ? hanUnit(text) : { kind: 'word', text: text.replace(edges, '') || text });
  }
  return units;
}

/** One wrong character spoils two pairs, so half of them will do: that forgives a slip in a word of three, and more in longer ones. */
function hanUnit(text: string): Unit {
  const characters = [...text];
  const pairs = characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
  const grams = pairs.length === 0 ? [text] : [...new Set(pairs)].slice(0, MOST_GRAMS);
  return { kind: 'han', grams, least: Math.ceil(grams.length / 2) };
}
