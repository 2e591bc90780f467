/** Text, or a number: what stands between quotes is passed over. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/g;

/** What every double holds to the last digit, in whatever form it is written. */
const EXACT_DIGITS = 15;

const digitsOf = (number: string): number => number.replace(/[eE].*$/, '').replace(/\D/g, '').length;
const isRounded = (number: string): boolean => digitsOf(number) > EXACT_DIGITS && String(Number(number)) !== number;

/** Reads JSON; a number that a double would round, such as a version or a large int8, becomes text. Pure. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text.replace(TOKENS, (token) => (!token.startsWith('"') && isRounded(token) ? `"${token}"` : token)));
}
