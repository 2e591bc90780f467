import { Type, type Static, type TObject, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { errors } from '../api-error.ts';
import { JsonProblem, readJson, type Json } from './json-text.ts';

/** Where a value goes, as the original's error messages name it. */
export interface Target {
  /** The type of the whole value, such as `toxiproxy.Proxy`. */
  readonly goType: string;
  /** What comes before a field's name in a message, such as `Proxy.`. */
  readonly fieldPrefix: string;
  /** What comes before the name of particular fields instead. */
  readonly prefixOf?: Readonly<Record<string, string>>;
}

const goStruct = (goType: string) => ({ additionalProperties: true, goType });
const proxyFields = {
  name: Type.Optional(Type.String({ goType: 'string' })),
  listen: Type.Optional(Type.String({ goType: 'string' })),
  upstream: Type.Optional(Type.String({ goType: 'string' })),
  enabled: Type.Optional(Type.Boolean({ goType: 'bool' })),
};
const toxicity = Type.Optional(Type.Number({ goType: 'float32', minimum: -3.4028234663852886e38, maximum: 3.4028234663852886e38 }));

export const ProxyBody = Type.Object(proxyFields);
export type ProxyBody = Static<typeof ProxyBody>;

export const ToxicBody = Type.Object({
  attributes: Type.Optional(Type.Object({}, goStruct('toxics.NoopToxic'))),
  name: Type.Optional(Type.String({ goType: 'string' })),
  type: Type.Optional(Type.String({ goType: 'string' })),
  stream: Type.Optional(Type.String({ goType: 'string' })),
  toxicity,
});

/** The body of a toxic's update, whose attributes are those of its kind. */
export function toxicUpdate(goName: string) {
  return Type.Object({ attributes: Type.Optional(Type.Object({}, goStruct(`toxics.${goName}`))), toxicity });
}

/** The body's JSON; throws a 400 with Go's message. */
export function parseBody(body: Buffer): Json {
  try {
    return readJson(body);
  } catch (error) {
    if (error instanceof JsonProblem) throw errors.badRequestBody(error.message);
    throw error;
  }
}

function plain(json: Json): unknown {
  switch (json.is) {
    case 'null':
      return null;
    case 'array':
      return json.items.map(plain);
    case 'object':
      return Object.fromEntries(json.fields.map(([name, value]) => [name, plain(value)]));
    default:
      return json.value;
  }
}

function goTypeOf(schema: TSchema): string {
  return 'goType' in schema && typeof schema.goType === 'string' ? schema.goType : 'interface {}';
}

function mismatch(json: Json, where: string): Error {
  return errors.badRequestBody(`json: cannot unmarshal ${json.is} into Go ${where}`);
}

/** A number of the wrong sort is quoted; anything else is only named by its sort. */
function fieldMismatch(json: Json, goType: string, where: string): Error {
  const isNumeric = goType.startsWith('int') || goType === 'float32';
  const shown = json.is === 'number' && isNumeric ? `number ${json.raw}` : json.is;
  return errors.badRequestBody(`json: cannot unmarshal ${shown} into Go struct field ${where} of type ${goType}`);
}

/** Go takes `1e3` for no integer, so the literal decides. */
const isInt64 = (json: Json) => json.is !== 'number' || (/^-?\d+$/.test(json.raw) && Math.abs(json.value) < 2 ** 63);

/**
 * Fills an object by a schema as Go fills a struct: names match whatever their case, unknown ones and nulls are passed over, what is missing
 * stays as `initial` has it, and the first field that does not fit is refused with a 400.
 */
export function decodeObject<S extends TObject>(schema: S, json: Json, target: Target, initial: object = {}): Static<S> {
  if (json.is !== 'null' && json.is !== 'object') throw mismatch(json, `value of type ${target.goType}`);
  const properties = new Map<string, TSchema>(Object.entries(schema.properties));
  const found = new Map<string, unknown>(Object.entries(initial));
  for (const [written, value] of json.is === 'object' ? json.fields : []) {
    const name = properties.has(written) ? written : [...properties.keys()].find((known) => known === written.toLowerCase());
    const property = name === undefined ? undefined : properties.get(name);
    if (name === undefined || property === undefined || value.is === 'null') continue;
    const goType = goTypeOf(property);
    const fits = Value.Check(property, plain(value)) && (!goType.startsWith('int') || isInt64(value));
    if (!fits) throw fieldMismatch(value, goType, `${target.prefixOf?.[name] ?? target.fieldPrefix}${name}`);
    found.set(name, plain(value));
  }
  return Value.Parse(schema, Object.fromEntries(found));
}

/** The field of that name, whatever its case; undefined when there is none or it is null. The last one counts. */
export function fieldOf(json: Json, name: string): Json | undefined {
  if (json.is !== 'object') return undefined;
  const value = json.fields.findLast(([written]) => written.toLowerCase() === name)?.[1];
  return value?.is === 'null' ? undefined : value;
}
