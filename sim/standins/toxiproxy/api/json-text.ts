/** A JSON value with what error messages need to know of its text. */
export type Json =
  | { readonly is: 'null' }
  | { readonly is: 'bool'; readonly value: boolean }
  | { readonly is: 'number'; readonly value: number; readonly raw: string }
  | { readonly is: 'string'; readonly value: string }
  | { readonly is: 'array'; readonly items: readonly Json[] }
  | { readonly is: 'object'; readonly fields: readonly (readonly [string, Json])[] };

/** What is wrong with a text, in the words of Go's encoding/json, which clients of Toxiproxy see. */
export class JsonProblem extends Error {}

/** The text a byte a character, as Go counts them. */
interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

const MAX_DEPTH = 1000;
const CONTROL_NAMES: Readonly<Record<string, string>> = {
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\\': '\\',
};

function quoted(character: string): string {
  if (character === "'") return String.raw`'\''`;
  const name = CONTROL_NAMES[character];
  if (name !== undefined) return `'\\${name}'`;
  const code = character.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  if (code >= 0x80 && code <= 0xa0) return `'\\u${code.toString(16).padStart(4, '0')}'`;
  return `'${character}'`;
}

function peek(reader: Reader): string {
  const character = reader.text[reader.at];
  if (character === undefined) throw new JsonProblem('unexpected EOF');
  return character;
}

function refuse(reader: Reader, where: string): never {
  throw new JsonProblem(`invalid character ${quoted(peek(reader))} ${where}`);
}

function skipSpace(reader: Reader): void {
  while (' \t\r\n'.includes(reader.text[reader.at] ?? '-')) reader.at += 1;
}

function readLiteral(reader: Reader, word: string): void {
  for (const [index, letter] of [...word].entries()) {
    if (peek(reader) !== letter)
      refuse(reader, index === 0 ? 'looking for beginning of value' : `in literal ${word} (expecting '${letter}')`);
    reader.at += 1;
  }
}

const isDigit = (character: string | undefined) => character !== undefined && character >= '0' && character <= '9';

function readDigits(reader: Reader, where: string): void {
  peek(reader);
  if (!isDigit(reader.text[reader.at])) refuse(reader, where);
  while (isDigit(reader.text[reader.at])) reader.at += 1;
}

function readNumber(reader: Reader): Json {
  const from = reader.at;
  if (peek(reader) === '-') reader.at += 1;
  if (reader.text[reader.at] === '0') reader.at += 1;
  else readDigits(reader, 'in numeric literal');
  if (reader.text[reader.at] === '.') {
    reader.at += 1;
    readDigits(reader, 'after decimal point in numeric literal');
  }
  if ('eE'.includes(reader.text[reader.at] ?? '-')) {
    reader.at += 1;
    if ('+-'.includes(reader.text[reader.at] ?? 'x')) reader.at += 1;
    readDigits(reader, 'in exponent of numeric literal');
  }
  const raw = reader.text.slice(from, reader.at);
  return { is: 'number', value: Number(raw), raw };
}

function readString(reader: Reader): string {
  const from = reader.at;
  reader.at += 1;
  for (let character = peek(reader); character !== '"'; character = peek(reader)) {
    if (character < ' ') refuse(reader, 'in string literal');
    reader.at += 1;
    if (character !== '\\') continue;
    const escape = peek(reader);
    if (!'bfnrt\\/"u'.includes(escape)) refuse(reader, 'in string escape code');
    reader.at += 1;
    for (let digits = 0; escape === 'u' && digits < 4; digits += 1) {
      if (!/[0-9a-fA-F]/.test(peek(reader))) refuse(reader, String.raw`in \u hexadecimal character escape`);
      reader.at += 1;
    }
  }
  reader.at += 1;
  const value: unknown = JSON.parse(Buffer.from(reader.text.slice(from, reader.at), 'latin1').toString('utf8'));
  return String(value).toWellFormed();
}

function readArray(reader: Reader): Json {
  const items: Json[] = [];
  reader.at += 1;
  skipSpace(reader);
  if (peek(reader) === ']') {
    reader.at += 1;
    return { is: 'array', items };
  }
  for (;;) {
    items.push(readValue(reader));
    skipSpace(reader);
    const separator = peek(reader);
    if (separator !== ',' && separator !== ']') refuse(reader, 'after array element');
    reader.at += 1;
    if (separator === ']') return { is: 'array', items };
  }
}

function readObject(reader: Reader): Json {
  const fields: [string, Json][] = [];
  reader.at += 1;
  skipSpace(reader);
  if (peek(reader) === '}') {
    reader.at += 1;
    return { is: 'object', fields };
  }
  for (;;) {
    skipSpace(reader);
    if (peek(reader) !== '"') refuse(reader, 'looking for beginning of object key string');
    const key = readString(reader);
    skipSpace(reader);
    if (peek(reader) !== ':') refuse(reader, 'after object key');
    reader.at += 1;
    fields.push([key, readValue(reader)]);
    skipSpace(reader);
    const separator = peek(reader);
    if (separator !== ',' && separator !== '}') refuse(reader, 'after object key:value pair');
    reader.at += 1;
    if (separator === '}') return { is: 'object', fields };
  }
}

function readNested(reader: Reader, read: (reader: Reader) => Json): Json {
  reader.depth += 1;
  if (reader.depth > MAX_DEPTH) throw new JsonProblem('exceeded max depth');
  const value = read(reader);
  reader.depth -= 1;
  return value;
}

function readValue(reader: Reader): Json {
  skipSpace(reader);
  const first = peek(reader);
  if (first === '{') return readNested(reader, readObject);
  if (first === '[') return readNested(reader, readArray);
  if (first === '"') return { is: 'string', value: readString(reader) };
  if (first === '-' || isDigit(first)) return readNumber(reader);
  if (first === 't' || first === 'f') {
    readLiteral(reader, first === 't' ? 'true' : 'false');
    return { is: 'bool', value: first === 't' };
  }
  readLiteral(reader, 'null');
  return { is: 'null' };
}

/**
 * Reads the first JSON value of a body and ignores what follows it, as Go's json.Decoder does (https://pkg.go.dev/encoding/json#Decoder).
 * Throws a JsonProblem with Go's message when there is none.
 */
export function readJson(body: Buffer): Json {
  const reader: Reader = { text: body.toString('latin1'), at: 0, depth: 0 };
  skipSpace(reader);
  if (reader.at === reader.text.length) throw new JsonProblem('EOF');
  return readValue(reader);
}
