import { createHash, randomBytes } from 'node:crypto';

/** Crockford's Base32: no letter that is taken for a digit when it is read aloud or typed. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 20;
const GROUP = 5;

/** A new one-time code of 100 random bits, in groups as people carry it from one shop to the other. */
export function newLinkCode(): string {
  const symbols = Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length] ?? '');
  return Array.from({ length: LENGTH / GROUP }, (_, group) => symbols.slice(group * GROUP, (group + 1) * GROUP).join('')).join('-');
}

/**
 * What crosses of a code, in hexadecimal, however it was typed; undefined where it cannot be one. A plain digest is enough: a code is random, so it can neither be guessed within its
 * minutes nor be told from the digest. Pure.
 */
export function hashOfLinkCode(typed: string): string | undefined {
  const code = typed.toUpperCase().replaceAll(/[ -]/g, '').replaceAll(/[IL]/g, '1').replaceAll('O', '0');
  if (code.length !== LENGTH || [...code].some((symbol) => !ALPHABET.includes(symbol))) return undefined;
  return createHash('sha256').update(`madeinworld link code ${code}`).digest('hex');
}
