import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Type, type TSchema } from 'typebox';

import type { DeclaredRoute } from '#platform/routes/enforce.ts';

/** A schema of contracts that has a name, by its JSON. */
export type NamedSchemas = ReadonlyMap<string, { readonly name: string; readonly file: string }>;

const contracts = join(import.meta.dirname, '../contracts');
const jsonOf = (schema: unknown): string => JSON.stringify(schema);

/** Reads which schemas have names. Of equal ones the file that is preferred wins, then the first. */
export async function readNamedSchemas(preferred: string): Promise<NamedSchemas> {
  const files = (await readdir(contracts)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).sort();
  files.sort(
    (a, b) => Number(b === `${preferred}.ts`) - Number(a === `${preferred}.ts`) || Number(b === 'values.ts') - Number(a === 'values.ts'),
  );
  const named = new Map<string, { name: string; file: string }>();
  for (const file of files) {
    const module: Record<string, unknown> = await import(join(contracts, file));
    for (const [name, value] of Object.entries(module)) {
      if (Type.IsSchema(value) && !named.has(jsonOf(value))) named.set(jsonOf(value), { name, file });
    }
  }
  return named;
}

/** TypeBox's text of `schema`; what contracts have a name for is called by it, and noted in `used`. */
function print(schema: TSchema, named: NamedSchemas, used: Map<string, Set<string>>): string {
  const known = named.get(jsonOf(schema));
  if (known !== undefined) {
    used.set(known.file, (used.get(known.file) ?? new Set()).add(known.name));
    return known.name;
  }
  const inner = (part: TSchema): string => print(part, named, used);
  const { type, required, properties, items, anyOf, const: literal, ...options } = schema as Record<string, unknown> & TSchema;
  const more = Object.keys(options).length === 0 ? '' : jsonOf(options);
  const withMore = (first: string): string => (more === '' ? first : `${first}, ${more}`);
  if (literal !== undefined) return `Type.Literal(${jsonOf(literal)})`;
  if (Array.isArray(anyOf)) return `Type.Union([${anyOf.map((part: TSchema) => inner(part)).join(', ')}])`;
  if (type === 'object' && typeof properties === 'object' && properties !== null) {
    const needed = new Set(Array.isArray(required) ? required : []);
    const entries = Object.entries(properties).map(([name, part]: [string, TSchema]) =>
      needed.has(name) ? `${name}: ${inner(part)}` : `${name}: Type.Optional(${inner(part)})`,
    );
    return `Type.Object(${withMore(`{ ${entries.join(', ')} }`)})`;
  }
  if (type === 'array' && items !== undefined) return `Type.Array(${withMore(inner(items as TSchema))})`;
  const simple = { string: 'String', integer: 'Integer', number: 'Number', boolean: 'Boolean', null: 'Null' } as const;
  for (const [name, kind] of Object.entries(simple)) if (type === name) return `Type.${kind}(${more})`;
  throw new Error(`give this schema a name in contracts, it cannot be written out: ${jsonOf(schema)}`);
}

/** The text of a service's table in the client, made of what the service declares. */
export function clientTableOf(service: string, routes: readonly DeclaredRoute[], named: NamedSchemas): string {
  const used = new Map<string, Set<string>>();
  const schemaText = (schema: TSchema): string => print(schema, named, used);
  const entries = routes.map(({ method, url, operation: { id, request, answers, needs, takes, media, access } }) => {
    const [answer] = Object.values(answers);
    const roles = access.roles === 'anyone' ? [] : access.roles.filter((role) => access.own?.includes(role) !== true);
    const parts = [
      `method: '${method}'`,
      `path: '${url}'`,
      ...(request.params === undefined ? [] : [`params: ${schemaText(request.params)}`]),
      ...(request.querystring === undefined ? [] : [`query: ${schemaText(request.querystring)}`]),
      ...(request.body === undefined ? [] : [`body: ${schemaText(request.body)}`]),
      ...(takes === undefined ? [] : [`takes: [${takes.media.map((type) => `'${type}'`).join(', ')}]`]),
      ...(media === undefined ? [] : [`media: [${media.map((type) => `'${type}'`).join(', ')}]`]),
      `answer: ${answer === null || answer === undefined ? 'null' : schemaText(answer)}`,
      ...(needs === undefined ? [] : [`needs: [${needs.map((name) => `'${name}'`).join(', ')}]`]),
      ...(roles.length === 0 ? [] : [`roles: [${roles.map((name) => `'${name}'`).join(', ')}]`]),
    ];
    return `  ${id}: {\n${parts.map((part) => `    ${part},\n`).join('')}  },\n`;
  });
  const body = `export const ${service}Operations = {\n${entries.join('')}} as const satisfies Readonly<Record<string, ClientOperation>>;\n`;
  const imports = [...used]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, names]) => `import { ${[...names].sort().join(', ')} } from '#contracts/${file}';\n`);
  return [
    '// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.\n',
    ...(body.includes('Type.') ? ["import { Type } from 'typebox';\n\n"] : []),
    ...imports,
    "\nimport type { ClientOperation } from '../operation.ts';\n\n",
    body,
  ].join('');
}
