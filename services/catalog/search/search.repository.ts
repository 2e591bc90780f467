import { type RawBuilder, sql } from 'kysely';

import type { FindSpellings } from './kept-spellings.ts';
import type { Spelling } from './spellings.repository.ts';
import { type Unit, unitsOf } from './terms.ts';

/** A search, ready for a list whose rows have their entry beside them as `e`. */
export interface Search {
  /** What every match fulfils; served by the index of terms. */
  readonly filters: readonly RawBuilder<unknown>[];
  /** How far a match is from what was asked, as int4: the least comes first. */
  readonly distance: RawBuilder<unknown>;
}

/** A lexeme as tsquery's text has it. */
const lexeme = (word: string): string => `'${word.replace(/['\\]/g, '$&$&')}'`;
/** No word has it. */
const NOTHING = lexeme(' ');
const anyOf = (lexemes: readonly string[]): RawBuilder<unknown> => sql`${lexemes.join(' | ') || NOTHING}::tsquery`;

/**
 * Looks the words of `text` up, and makes of them what a list filters and orders by. What has nothing to look for finds nothing. It is normalized as the words of products are
 * (0013 of the migrations): who writes in Chinese may have letters as wide as characters.
 */
export async function prepareSearch(find: FindSpellings, text: string): Promise<Search> {
  const query = text.normalize('NFKC');
  const units = unitsOf(query);
  const spellings = await find(units.flatMap((unit) => (unit.kind === 'word' ? [unit.text] : [])));
  const parts = units.map((unit) => partOf(unit, spellings));
  if (parts.length === 0) return { filters: [sql`false`], distance: sql`0::int4` };
  return {
    filters: parts.flatMap(({ filters }) => filters),
    // The stock code itself comes first; then what is nearer, and of equally near ones what has fewer other words.
    distance: sql`(CASE WHEN lower(t.sku) = lower(${query}::text) THEN -1
      ELSE ${sql.join(
        parts.map(({ distance }) => distance),
        sql` + `,
      )} + least(length(e.terms), 999) END)::int4`,
  };
}

function partOf(unit: Unit, spellings: ReadonlyMap<string, Spelling>): Search {
  if (unit.kind === 'word') return wordPart(spellings.get(unit.text) ?? { term: unit.text, within: [], slips: { one: [], two: [] } });
  const { grams, least } = unit;
  const held = sql.join(
    grams.map((gram) => sql`(e.terms @@ ${lexeme(gram)}::tsquery)::int`),
    sql` + `,
  );
  const filters = [sql`e.terms @@ ${anyOf(grams.map(lexeme))}`];
  if (least > 1) filters.push(sql`(${held}) >= ${least}`);
  return { filters, distance: sql`(${grams.length} - (${held})) * 4000 / ${grams.length}` };
}

function wordPart({ term, within, slips }: Spelling): Search {
  const beginning = `${lexeme(term)}:*`;
  const tiers: readonly (readonly string[])[] = [
    [lexeme(term)],
    [beginning],
    within.map(lexeme),
    slips.one.map(lexeme),
    slips.two.map(lexeme),
  ];
  // Empty ones stay, and match nothing: so all searches of as many words are one statement, which is prepared.
  const distances = tiers.map((lexemes, tier) => sql`WHEN e.terms @@ ${anyOf(lexemes)} THEN ${sql.lit(tier * 1_000)}::int`);
  return { filters: [sql`e.terms @@ ${anyOf(tiers.flat())}`], distance: sql`CASE ${sql.join(distances, sql` `)} ELSE 5000 END` };
}
