import fc from 'fast-check';
import { Type, type TSchema } from 'typebox';

import type { DeclaredRoute } from '#platform/routes/enforce.ts';

import { conforming } from './conforming.ts';
import type { Known } from './known.ts';

/** A request that may be wrong in every way that HTTP lets through. */
export interface HostileRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | Buffer | undefined;
}

/** Text that breaks what is careless: SQL, headers, encodings, numbers, sizes. */
const hostileText = fc.oneof(
  fc.constantFrom(
    "'; DROP TABLE catalog.product; --",
    "' OR '1'='1",
    '1) UNION SELECT current_user --',
    '\u0000',
    'a\r\nset-cookie: stolen=1',
    '\ud800',
    '../../etc/passwd',
    '%00',
    '${7*7}{{7*7}}',
    '<script>alert(1)</script>',
    '٣',
    '-0',
    'NaN',
    '1e400',
    '9223372036854775808',
    '',
    ' ',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('x'.repeat(300), '\u{1f600}'.repeat(2_000)),
);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, [], {}, -1, 0, 1.5, 1e21, Number.MAX_SAFE_INTEGER, [[[[]]]], { toString: 1 }, { $ne: null }),
  fc.jsonValue({ maxDepth: 3 }),
);

const encoded = (text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
};

/** The example with one place of it gone wrong: dropped, replaced, added to. */
function mutated(example: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(example)) {
    const [first] = example;
    return fc.oneof(
      hostileValue,
      fc.constant([]),
      fc.constant(Array.from({ length: 1_001 }, () => first)),
      mutated(first).map((item) => [item, first]),
    );
  }
  if (typeof example !== 'object' || example === null) return hostileValue;
  const entries = Object.entries(example);
  if (entries.length === 0) return hostileValue;
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(...entries).chain(([name, value]) => mutated(value).map((wrong) => ({ ...example, [name]: wrong }))),
    },
    fc.constantFrom(...entries).map(([name]) => Object.fromEntries(entries.filter(([other]) => other !== name))),
    fc.tuple(hostileText, hostileValue).map(([name, value]) => ({ ...example, [name]: value })),
    fc.constant(example),
    hostileValue,
  );
}

const bodies = (example: unknown): fc.Arbitrary<string | Buffer> => {
  const text = JSON.stringify(example);
  return fc.oneof(
    { weight: 6, arbitrary: mutated(example).map((value) => JSON.stringify(value) ?? '') },
    fc.nat(text.length).map((length) => text.slice(0, length)),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      `{"__proto__":{"isAdmin":true},${text.slice(1)}`,
      'null',
      '""',
      `"${'x'.repeat(2_000_000)}"`,
    ),
  );
};

/** A streamed body: the example cut off, with something in between, or nothing like it. */
const texts = (example: string): fc.Arbitrary<string | Buffer> =>
  fc.oneof(
    fc.nat(example.length).map((length) => example.slice(0, length)),
    fc.tuple(fc.nat(example.length), hostileText).map(([at, text]) => `${example.slice(0, at)}${text}${example.slice(at)}`),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from(example), Buffer.from(bytes)])),
    bodies({ example }),
  );

const namesOf = (schema: TSchema | undefined): string[] =>
  schema !== undefined && Type.IsObject(schema) ? Object.keys(schema.properties) : [];

function queries(schema: TSchema | undefined): fc.Arbitrary<string> {
  const names = [...namesOf(schema), 'unknown', 'limit', '__proto__', 'sort', 'cursor'];
  const pair = fc.tuple(fc.constantFrom(...names), fc.oneof(hostileText, fc.constantFrom('1', '0', '201', 'sku', '-sku')));
  return fc.array(pair, { maxLength: 3 }).map((pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&'));
}

const headerText = fc.oneof(
  fc.constantFrom('"1-world#1"', '*', 'W/"x"', '""', '"', ',,', 'x'.repeat(5_000), '00-0-0-0', 'Bearer x', 'Basic eDp5', 'é'),
  // What Node lets through as a header's value.
  fc.string({ unit: fc.constantFrom(...'abc09"*,;=/ -_.~'), maxLength: 300 }),
);

const textOf = (value: unknown): string => (['string', 'number', 'boolean'].includes(typeof value) ? String(value) : 'x');

/** Requests to `route` that its schemas let through, with a liking for what lies at their ends. */
export function conformingRequests(
  { method, url, operation: { request, example, takes } }: DeclaredRoute,
  known: Known,
): fc.Arbitrary<HostileRequest> {
  const record = (schema: TSchema | undefined): fc.Arbitrary<readonly (readonly [string, unknown])[]> =>
    schema === undefined ? fc.constant([]) : conforming(schema, known).map((value): [string, unknown][] => Object.entries(Object(value)));
  const body = request.body === undefined ? fc.constant(undefined) : conforming(request.body, known).map((value) => JSON.stringify(value));
  const seen = fc.constantFrom('"1-world#1"', ...known.etags);
  const payload = takes === undefined ? body : texts(textOf(example.body));
  // What the path speaks of, mostly: an order's id where it says orders.
  const likely = [...url.matchAll(/([a-z-]+)\/:(\w+)/g)].flatMap(([, kind = '', name = '']) =>
    (known.ids[kind] ?? []).map((id) => [name, id] as const),
  );
  const meant = likely.length === 0 ? fc.constant([]) : fc.oneof({ weight: 4, arbitrary: fc.subarray(likely) }, fc.constant([]));
  const params = fc
    .tuple(record(request.params), meant)
    .map(([drawn, replaced]) => Object.entries({ ...Object.fromEntries(drawn), ...Object.fromEntries(replaced) }));
  return fc.record({ params, query: record(request.querystring), payload, key: fc.uuid(), seen }).map((drawn) => {
    const path = drawn.params.reduce((text, [name, value]) => text.replace(`:${name}`, () => encoded(textOf(value)) || '%20'), url);
    const query = drawn.query
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${encoded(name)}=${encoded(textOf(value))}`)
      .join('&');
    return {
      url: query === '' ? path : `${path}?${query}`,
      headers: {
        ...(drawn.payload === undefined ? {} : { 'content-type': takes?.media[0] ?? 'application/json' }),
        ...(method === 'GET' ? {} : { 'if-match': drawn.seen, 'idempotency-key': drawn.key }),
      },
      payload: drawn.payload,
    };
  });
}

/** Requests to `route`; its parameters are those of the example where they are not hostile. */
export function hostileRequests({ method, url, operation: { request, example, takes } }: DeclaredRoute): fc.Arbitrary<HostileRequest> {
  const given = new Map<string, unknown>(Object.entries(example.params ?? {}));
  const params = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) =>
    fc
      .oneof({ weight: 2, arbitrary: fc.constant(textOf(given.get(name))) }, hostileText)
      .map((value) => [name, encoded(value) || '%20'] as const),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      'if-match',
      'if-none-match',
      'idempotency-key',
      'traceparent',
      'x-correlation-id',
      'x-forwarded-for',
      'accept',
      'cookie',
      'cart-token',
      'content-type',
    ),
    headerText,
    { maxKeys: 3 },
  );
  const payload =
    takes !== undefined ? texts(textOf(example.body)) : request.body === undefined ? fc.constant(undefined) : bodies(example.body);
  const media = takes === undefined ? fc.constant('application/json') : fc.constantFrom(...takes.media, 'application/json');
  return fc.record({ params: fc.tuple(...params), query: queries(request.querystring), headers, payload, media }).map((drawn) => {
    const path = drawn.params.reduce((text, [name, value]) => text.replace(`:${name}`, () => value), url);
    return {
      url: drawn.query === '' ? path : `${path}?${drawn.query}`,
      headers: {
        ...(drawn.payload === undefined ? {} : { 'content-type': drawn.media }),
        ...(method === 'GET' ? {} : { 'if-match': '"1-world#1"' }),
        ...drawn.headers,
      },
      payload: drawn.payload,
    };
  });
}
