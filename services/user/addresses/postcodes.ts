/** What postcodes look like in countries that we know; an example of it is what a person is told. */
interface PostcodeRule {
  readonly pattern: RegExp;
  readonly example: string;
  /** Brings what people type into the usual spelling. */
  readonly spell?: (compact: string) => string;
}

const rules: Readonly<Record<string, PostcodeRule>> = {
  // Royal Mail's Postcode Address File: district, a space, and sector with unit. Not every letter stands in every place.
  GB: {
    pattern:
      /^(GIR 0AA|([A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY])) [0-9][ABD-HJLNP-UW-Z]{2})$/,
    example: 'SW1A 1AA',
    spell: (compact) => `${compact.slice(0, -3)} ${compact.slice(-3)}`,
  },
  // USPS: ZIP or ZIP+4.
  US: {
    pattern: /^[0-9]{5}(-[0-9]{4})?$/,
    example: '94105 or 94105-1804',
    spell: (compact) => (/^[0-9]{9}$/.test(compact) ? `${compact.slice(0, 5)}-${compact.slice(5)}` : compact),
  },
  // No German region begins with 00, no French department with 00 or 99.
  DE: { pattern: /^(0[1-9]|[1-9][0-9])[0-9]{3}$/, example: '10115' },
  FR: { pattern: /^(0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}$/, example: '75001' },
  CN: { pattern: /^[0-9]{6}$/, example: '200040' },
};

export type PostcodeReading = { readonly postcode: string | null } | { readonly fault: string };

/**
 * The postcode of `country` (ISO 3166-1 alpha-2) in its usual spelling, or what is wrong with it. Countries without a rule here take anything, and nothing.
 * Reading what was read changes nothing. Pure.
 */
export function readPostcode(country: string, given: string | null): PostcodeReading {
  const rule = Object.hasOwn(rules, country) ? rules[country] : undefined;
  if (rule === undefined) return { postcode: given === null ? null : given.trim().replace(/ +/g, ' ') };
  if (given === null) return { fault: `is required in ${country}, as in ${rule.example}` };
  const compact = given.replaceAll(' ', '').toUpperCase();
  const postcode = rule.spell?.(compact) ?? compact;
  return rule.pattern.test(postcode) ? { postcode } : { fault: `is no postcode of ${country}, which are as ${rule.example}` };
}
