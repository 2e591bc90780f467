import fc from 'fast-check';
import { Type, type TSchema } from 'typebox';

import { Uuid } from '#contracts/values.ts';

import type { Known } from './known.ts';

/** What schemas let through and only what is behind them can refuse: days that there are not, the ends of what types hold, ids of nothing. */
const INSTANTS = [
  '2026-02-30T00:00:00Z',
  '2025-02-29T12:00:00.5Z',
  '2026-04-31T23:59:59.999999Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999Z',
  '2026-11-29T00:00:00Z',
];
const UUIDS = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '0198c0de-0000-7000-8000-000000000a01'];
const CURSORS = ['null', '[]', '{}', '[null]', '["x","y","z"]', '{"v":1}', '[1e400]', '["2026-02-30T00:00:00Z","x"]'].map((text) =>
  Buffer.from(text).toString('base64url'),
);
const TEXTS = [
  'x',
  'a\u0301\u0301\u0301',
  '\u202eabc',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '٣٤',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '$1',
  '(((',
  '*:*',
  '&|!',
];

interface Bounds {
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const ids: TSchema = Uuid;
const { pattern: UUID_PATTERN }: Bounds = ids;

function texts({ pattern, minLength = 0, maxLength = 200 }: Bounds, known: Known): fc.Arbitrary<string> {
  if (pattern === UUID_PATTERN)
    return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...Object.values(known.ids).flat()) }, fc.constantFrom(...UUIDS));
  const listed = [...INSTANTS, ...UUIDS, ...CURSORS, ...TEXTS, 'x'.repeat(Math.min(maxLength, 5_000))].filter(
    (text) => text.length >= minLength && text.length <= maxLength && (pattern === undefined || new RegExp(pattern, 'u').test(text)),
  );
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
  const made =
    pattern === undefined
      ? fc.string({ minLength, maxLength: Math.min(maxLength, Math.max(minLength, 60)), unit: 'grapheme' })
      : fc.stringMatching(new RegExp(pattern, 'u')).filter(fits);
  return listed.length === 0 ? made : fc.oneof(fc.constantFrom(...listed), made);
}

/** Seldom one at all: a list is answered without. */
const cursors = ({ cursors: given }: Known): fc.Arbitrary<string | undefined> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom(...CURSORS),
    ...(given.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...given) }]),
  );

function integers({ minimum = -1_000_000, maximum = Number.MAX_SAFE_INTEGER }: Bounds): fc.Arbitrary<number> {
  const ends = [minimum, minimum + 1, maximum - 1, maximum, 2_147_483_647, 2_147_483_648].filter((one) => one >= minimum && one <= maximum);
  return fc.oneof(fc.constantFrom(...ends), fc.integer({ min: minimum, max: maximum }));
}

function numbers({ minimum = -1e9, maximum = 1e9, exclusiveMinimum }: Bounds): fc.Arbitrary<number> {
  const min = exclusiveMinimum ?? minimum;
  return fc.double({ min, max: maximum, noNaN: true, minExcluded: exclusiveMinimum !== undefined });
}

/**
 * Values that pass `schema`, with a liking for the ends of what passes. Schemas whose pattern looks ahead give what fits of a list; of a schema that is not
 * known here there are none, so that a new kind is seen.
 */
export function conforming(schema: TSchema, known: Known): fc.Arbitrary<unknown> {
  const bounds: Bounds = schema;
  if (Type.IsUnion(schema)) return fc.oneof(...schema.anyOf.map((one) => conforming(one, known)));
  if (Type.IsLiteral(schema)) return fc.constant(schema.const);
  if (Type.IsNull(schema)) return fc.constant(null);
  if (Type.IsBoolean(schema)) return fc.boolean();
  if (Type.IsString(schema)) return texts(bounds, known);
  if (Type.IsInteger(schema)) return integers(bounds);
  if (Type.IsNumber(schema)) return numbers(bounds);
  if (Type.IsArray(schema)) {
    const { minItems = 0, maxItems = 20 } = bounds;
    return fc.array(conforming(schema.items, known), { minLength: minItems, maxLength: Math.min(maxItems, Math.max(minItems, 20)) });
  }
  if (Type.IsObject(schema)) {
    const { properties } = schema;
    const fields = Object.entries(properties).map(
      ([name, one]) => [name, name === 'cursor' ? cursors(known) : conforming(one, known)] as const,
    );
    return fc.record(Object.fromEntries(fields), {
      requiredKeys: Object.keys(properties).filter((name) => !Type.IsOptional(properties[name])),
    });
  }
  if (Type.IsRecord(schema)) {
    const [[pattern, value] = ['', Type.Unknown()]] = Object.entries(schema.patternProperties);
    return fc.dictionary(texts({ pattern, minLength: 1 }, known), conforming(value, known), { maxKeys: 5 });
  }
  if (Type.IsEnum(schema)) return fc.constantFrom(...schema.enum);
  if (Type.IsUnknown(schema)) return fc.jsonValue({ maxDepth: 3 });
  throw new Error(`of this schema nothing is made yet: ${JSON.stringify(schema).slice(0, 200)}`);
}
