import { LRUCache } from 'lru-cache';

import type { CatalogDb } from '../deps.ts';
import { selectSpellings, type Spelling } from './spellings.repository.ts';

/** How each of these words may be spelt, by the word. */
export type FindSpellings = (words: readonly string[]) => Promise<ReadonlyMap<string, Spelling>>;

const MOST_KEPT = 1_000;
const MOST_KEPT_CHARACTERS = 1_000_000;

/**
 * Finds spellings, and keeps them for `keptMs`: finding them takes longer than all the rest of a search, and most people search for the same few words. So a new
 * product is found at once by its words and by what they begin with, which need no spelling, and by what is within them or by a slip after `keptMs` at most.
 */
export function keptSpellings(db: CatalogDb, keptMs: number): FindSpellings {
  const kept = new LRUCache<string, Spelling>({
    max: MOST_KEPT,
    maxSize: MOST_KEPT_CHARACTERS,
    sizeCalculation: ({ term, within, slips }) => [term, ...within, ...slips.one, ...slips.two].join(' ').length,
    ttl: keptMs,
  });
  return async (words) => {
    const found = new Map<string, Spelling>();
    const missing = new Set<string>();
    for (const word of words) {
      const spelling = kept.get(word);
      if (spelling === undefined) missing.add(word);
      else found.set(word, spelling);
    }
    for (const [word, spelling] of await selectSpellings(db, [...missing])) {
      kept.set(word, spelling);
      found.set(word, spelling);
    }
    return found;
  };
}
