import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { errors } from '../api-error.ts';
import type { ToxicEntry } from '../toxic-entry.ts';
import { toxicKinds } from '../toxics/registry.ts';
import type { Attributes, ToxicKind } from '../toxics/toxic.ts';
import { decodeObject, fieldOf, ToxicBody, toxicUpdate } from './body.ts';
import type { Json } from './json-text.ts';

const AttributeValues = Type.Record(Type.String(), Type.Integer());

function decodeAttributes(kind: ToxicKind, json: Json | undefined, current: Attributes): Attributes {
  if (json === undefined) return current;
  const target = { goType: `toxics.${kind.goName}`, fieldPrefix: `${kind.goName}.attributes.` };
  return Value.Parse(AttributeValues, decodeObject(kind.schema, json, target, current));
}

/** The toxic that a POST describes: downstream and toxicity 1 unless it says otherwise, attributes 0. Throws what the API answers. */
export function decodeToxic(json: Json, isTaken: (name: string) => boolean): ToxicEntry {
  const body = decodeObject(ToxicBody, json, { goType: 'toxics.ToxicWrapper', fieldPrefix: 'ToxicWrapper.' });
  const stream = body.stream ?? 'downstream';
  const direction = stream.toLowerCase();
  if (direction !== 'upstream' && direction !== 'downstream') throw errors.invalidStream();
  const kind = toxicKinds.get(body.type ?? '');
  if (kind === undefined) throw errors.invalidToxicType();
  const name = body.name || `${kind.type}_${stream}`;
  if (isTaken(name)) throw errors.toxicAlreadyExists();
  const zeros = Object.fromEntries(Object.keys(kind.schema.properties).map((name) => [name, 0]));
  return {
    kind,
    name,
    stream,
    direction,
    toxicity: Math.fround(body.toxicity ?? 1),
    attributes: decodeAttributes(kind, fieldOf(json, 'attributes'), zeros),
  };
}

/** What a PATCH makes of a toxic: only attributes and toxicity can change. */
export function decodeToxicUpdate(toxic: ToxicEntry, json: Json): Pick<ToxicEntry, 'attributes' | 'toxicity'> {
  const goType = 'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }';
  const body = decodeObject(toxicUpdate(toxic.kind.goName), json, { goType, fieldPrefix: '.' });
  return {
    attributes: decodeAttributes(toxic.kind, fieldOf(json, 'attributes'), toxic.attributes),
    toxicity: body.toxicity === undefined ? toxic.toxicity : Math.fround(body.toxicity),
  };
}

/** The shortest number that is the same float32, as Go prints one. */
function float32(value: number): number {
  for (let digits = 1; digits < 10; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}

/** A toxic as the API shows it. */
export function toxicText(toxic: ToxicEntry): object {
  const { attributes, name, kind, stream, toxicity } = toxic;
  const inOrder = Object.fromEntries(Object.keys(kind.schema.properties).map((key) => [key, attributes[key] ?? 0]));
  return { attributes: inOrder, name, type: kind.type, stream, toxicity: float32(toxicity) };
}
