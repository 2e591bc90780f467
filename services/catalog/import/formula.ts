/**
 * A spreadsheet takes a cell that begins with one of these for a formula, and runs it (OWASP: CSV injection). Such text gets an apostrophe before it on its way out, which
 * is taken away on its way in; so does text that would look as if it had got one, so that nothing is lost on the way there and back.
 */
const RUNS = /^'*[=+\-@\t\r＝＋－＠]/;
const GUARDED = /^'+[=+\-@\t\r＝＋－＠]/;

/** Text as a cell that no spreadsheet runs. Pure; `unguarded` undoes it. */
export const guarded = (text: string): string => (RUNS.test(text) ? `'${text}` : text);

/** The text of a cell. Pure. */
export const unguarded = (cell: string): string => (GUARDED.test(cell) ? cell.slice(1) : cell);
