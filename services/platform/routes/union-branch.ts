import { Type, type TObject, type TSchema } from 'typebox';

/**
 * Which branch of a union `value` means to be. Of objects by the properties that are literals in every branch: `{form: 'western', ...}`; where there are none, by
 * those that one branch alone has, and wants: `{email: ...}` or `{phone: ...}`. What is not null means no null: then the other branch, where there is but one. Undefined where `schema` is no such union, or not one branch fits. Of a value that fits no branch, only what that branch says is of use to whoever sent it. Pure.
 */
export function branchOf(schema: unknown, value: unknown): number | undefined {
  if (!Type.IsUnion(schema) || value === null) return undefined;
  const withValue = schema.anyOf.map((branch) => !Type.IsNull(branch));
  if (withValue.includes(false)) {
    const only = onlyOf(withValue);
    if (only !== undefined) return only;
  }
  if (typeof value !== 'object') return undefined;
  const literals = schema.anyOf.map(literalsOf);
  const telling = tellingNamesOf(schema.anyOf);
  const given = new Map<string, unknown>(Object.entries(value));
  if (telling.length === 0) return onlyOf(schema.anyOf.map((branch) => ownNamesOf(branch, schema.anyOf).some((name) => given.has(name))));
  return onlyOf(literals.map((of) => telling.every((name) => of.get(name) === given.get(name))));
}

/** The properties that are literals in every branch. Pure. */
export function tellingNamesOf(branches: readonly TSchema[]): readonly string[] {
  const literals = branches.map(literalsOf);
  return [...(literals[0]?.keys() ?? [])].filter((name) => literals.every((of) => of.has(name)));
}

/** What `branch` alone of `all` has, and wants. Pure. */
export function ownNamesOf(branch: TSchema, all: readonly TSchema[]): readonly string[] {
  if (!Type.IsObject(branch)) return [];
  const others = all.filter((other) => other !== branch);
  return (branch.required ?? []).filter((name) => others.every((other) => !(Type.IsObject(other) && hasProperty(other, name))));
}

export const hasProperty = (schema: TObject, name: string): boolean => Object.hasOwn(schema.properties, name);

/** Where the one `true` stands; undefined where there are none or several. */
function onlyOf(fits: readonly boolean[]): number | undefined {
  const fitting = fits.flatMap((does, index) => (does ? [index] : []));
  return fitting.length === 1 ? fitting[0] : undefined;
}

function literalsOf(branch: TSchema): ReadonlyMap<string, unknown> {
  if (!Type.IsObject(branch)) return new Map();
  return new Map(
    Object.entries(branch.properties).flatMap(([name, property]) => (Type.IsLiteral(property) ? [[name, property.const]] : [])),
  );
}
