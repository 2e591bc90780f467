import { type Static, type TObject } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';

import { ConfigError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the properties of `schema` from environment variables of the same names: numbers and booleans are converted, defaults filled in,
 * an empty string counts as absent. Throws ConfigError that names every variable at fault, never its value.
 */
export function readConfig<Schema extends TObject>(schema: Schema, env: Environment): Static<Schema> {
  const raw: Record<string, string> = {};
  for (const name of Object.keys(schema.properties)) {
    const value = env[name];
    if (value !== undefined && value !== '') raw[name] = value;
  }
  const candidate = Value.Convert(schema, Value.Default(schema, raw));
  const check = Compile(schema);
  if (check.Check(candidate)) return candidate;
  throw new ConfigError(
    check.Errors(candidate).flatMap((error) => {
      if (error.keyword === 'required') return error.params.requiredProperties.map((name) => `${name} is missing`);
      return [`${error.instancePath.slice(1)} ${error.message}`];
    }),
  );
}
