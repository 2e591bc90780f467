import { isIP } from 'node:net';

import { isLoopback } from './allowed.ts';
import type { Denials } from './denial.ts';
import { property } from './replace.ts';

type Found = (error: unknown, found: unknown, family: unknown) => void;

/**
 * A caller's own way to look names up, kept to the truth: `localhost` and the loopback addresses may turn out to be nothing else, nor may any other address be
 * another. What a name on the list has for addresses is its owner's business.
 */
export function truthful(lookup: object, verb: (name: string) => string, denials: Denials) {
  return (name: string, options: unknown, done: Found): void => {
    if (typeof lookup !== 'function') return;
    const isFine = (address: string): boolean => (isLoopback(name) ? isLoopback(address) : isIP(name) === 0 || address === name);
    const checked: Found = (error, found, family) => {
      const outside = addressesIn(found).find((address) => !isFine(address));
      done(outside === undefined ? error : denials.deny(verb(name), outside), found, family);
    };
    Reflect.apply(lookup, undefined, [name, options, checked]);
  };
}

/** The addresses in an answer of `lookup` or of one of `resolve*`. */
export function addressesIn(found: unknown): string[] {
  if (Array.isArray(found)) return found.flatMap(addressesIn);
  const address = typeof found === 'string' ? found : property(found, 'address');
  return typeof address === 'string' ? [address] : [];
}
