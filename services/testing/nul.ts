import fc from 'fast-check';

const NUL = '\u0000';

/** Every way to have one NUL more in `text`, or in the place of one of its characters. */
const withNul = (text: string): string[] =>
  [...text, ''].flatMap((_, at) => [`${text.slice(0, at)}${NUL}${text.slice(at)}`, `${text.slice(0, at)}${NUL}${text.slice(at + 1)}`]);

function takesNul(pattern: string | undefined): boolean {
  if (pattern === undefined) return true;
  const matches = new RegExp(pattern, 'u');
  const drawn = fc.sample(fc.stringMatching(matches), { numRuns: 50, seed: 1 });
  return drawn.flatMap(withNul).some((text) => matches.test(text));
}

interface TextSchema {
  readonly type: 'string';
  readonly pattern?: string;
}

const isText = (schema: object): schema is TextSchema => 'type' in schema && schema.type === 'string' && !('const' in schema);

/** Where in `schema` a text may hold the character NUL. PostgreSQL takes it in no text, so that what gets there ends as an error of the server. */
export function placesOfNul(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inside = Object.entries(schema).flatMap(([name, value]) => placesOfNul(value, `${path}/${name}`));
  return isText(schema) && !('enum' in schema) && takesNul(schema.pattern) ? [path, ...inside] : inside;
}
