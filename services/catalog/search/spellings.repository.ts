import { sql } from 'kysely';

import type { CatalogDb } from '../deps.ts';
import { editDistance } from './edit-distance.ts';

/** Words that a search word may stand for: those that begin with it or have it within, or else those that it is a slip of. */
export interface Spelling {
  readonly term: string;
  readonly within: readonly string[];
  readonly slips: { readonly one: readonly string[]; readonly two: readonly string[] };
}

const MOST_WITHIN = 100;
/** How many of the words that share most trigrams are looked at for slips: two letters that change places leave few of a short word. */
const MOST_NEAR = 100;
/** Shorter ones are a slip of too many. */
const LEAST_TYPO_LENGTH = 4;
const LEAST_TWO_SLIPS_LENGTH = 6;
/** Shorter ones have no trigram to be looked up by; they still count as beginnings. */
const LEAST_WITHIN_LENGTH = 3;

const hasLetter = /[\p{L}\p{N}]/u;
/** Text for LIKE in which `%`, `_` and `\` stand for themselves. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** How each of `terms` may be spelt, by the term. Only what no word has within is taken for a slip. */
export async function selectSpellings(db: CatalogDb, terms: readonly string[]): Promise<ReadonlyMap<string, Spelling>> {
  if (terms.length === 0) return new Map();
  const patterns = terms.map((term) => (term.length >= LEAST_WITHIN_LENGTH || !hasLetter.test(term) ? `%${literally(term)}%` : null));
  const { rows } = await sql<{ asked: string; term: string; within: readonly string[]; near: readonly string[] }>`
    SELECT u.asked, lower(u.asked) AS term, within.words AS within,
      CASE WHEN cardinality(within.words) > 0 OR char_length(u.asked) < ${LEAST_TYPO_LENGTH} OR u.asked ~ '[0-9]' THEN '{}'
        ELSE ARRAY(SELECT s.word FROM catalog.search_word s ORDER BY s.word <-> lower(u.asked) LIMIT ${MOST_NEAR}) END AS near
    FROM unnest(${terms}::text[], ${patterns}::text[]) AS u(asked, pattern),
      LATERAL (SELECT ARRAY(SELECT k.word FROM (SELECT DISTINCT s.word FROM catalog.search_word s WHERE s.word LIKE lower(u.pattern)) k
        ORDER BY char_length(k.word), k.word LIMIT ${MOST_WITHIN}) AS words OFFSET 0) AS within`.execute(db);
  return new Map(rows.map(({ asked, term, within, near }) => [asked, { term, within, slips: slipsOf(term, near) }]));
}

/** The words among `near` that `term` is a slip of, by how many slips it takes: one, and in longer words two. */
function slipsOf(term: string, near: readonly string[]): Spelling['slips'] {
  const distances = [...new Set(near)].map((word) => ({ word, slips: editDistance(term, word) }));
  const of = (slips: number): string[] => distances.filter((one) => one.slips === slips).map(({ word }) => word);
  return { one: of(1), two: term.length >= LEAST_TWO_SLIPS_LENGTH ? of(2) : [] };
}
