/** A bug to plant, as data: one string of one file is replaced by another, and a named test must fail for it. */
export interface Mutant {
  /** Short and stable; the first word of the table and what `--only` matches. */
  readonly id: string;
  /** What it breaks: an invariant of the SPEC (I7), a hole that was found before building (hole 1), or what is promised of stock, in a word. */
  readonly guards: readonly string[];
  /** The bug in a few words. */
  readonly bug: string;
  /** File of the checkout that is patched. */
  readonly file: string;
  /** Must occur exactly once in the file. */
  readonly find: string;
  readonly replacement: string;
  readonly killedBy: KillingTest;
}

export interface KillingTest {
  /** Test file of the checkout. Its name says which vitest project runs it. */
  readonly file: string;
  /** Part of the test's full name (describe and test). At least one test must have it, and each that has it must pass without the bug. */
  readonly name: string;
}

export type Verdict = 'KILLED' | 'ALIVE' | 'ERROR';

export interface Hunted {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly seconds: number;
  /** Why it is no kill, or the first line of what the test said. */
  readonly detail: string;
}

/** Where `find` would be replaced: the patched text, or why the entry does not fit the file any more. */
export function patch(text: string, mutant: Pick<Mutant, 'find' | 'replacement'>): { text: string } | { error: string } {
  const first = text.indexOf(mutant.find);
  if (first === -1) return { error: 'the string to replace is not in the file' };
  if (text.includes(mutant.find, first + 1)) return { error: 'the string to replace occurs more than once in the file' };
  if (mutant.find === mutant.replacement) return { error: 'the replacement changes nothing' };
  return { text: text.slice(0, first) + mutant.replacement + text.slice(first + mutant.find.length) };
}
