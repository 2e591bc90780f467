import { Type, type TSchema } from 'typebox';

/**
 * Which branch of a union of objects `value` means to be, by the properties that are literals in every branch: `{form: 'western', ...}`. Undefined where
 * `schema` is no such union, or not one branch fits. Of a value that fits no branch, only what that branch says is of use to whoever sent it. Pure.
 */
export function branchOf(schema: unknown, value: unknown): number | undefined {
  if (!Type.IsUnion(schema) || typeof value !== 'object' || value === null) return undefined;
  const literals = schema.anyOf.map(literalsOf);
  const telling = [...(literals[0]?.keys() ?? [])].filter((name) => literals.every((of) => of.has(name)));
  if (telling.length === 0) return undefined;
  const given = new Map<string, unknown>(Object.entries(value));
  const fitting = literals.flatMap((of, index) => (telling.every((name) => of.get(name) === given.get(name)) ? [index] : []));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function literalsOf(branch: TSchema): ReadonlyMap<string, unknown> {
  if (!Type.IsObject(branch)) return new Map();
  return new Map(
    Object.entries(branch.properties).flatMap(([name, property]) => (Type.IsLiteral(property) ? [[name, property.const]] : [])),
  );
}
