import type { FastifyRequest } from 'fastify';

import type { App } from './app.ts';
import { AppError, messageOf } from './errors.ts';

/** An escape of a half of a surrogate pair: most texts have none, and cost one search. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/**
 * Whether no text in a value that JSON gave, names included, holds half of a surrogate pair. JSON can write one down (RFC 8259, section 8.2), no encoding can carry
 * it: PostgreSQL refuses it in `jsonb` and a text would come back with another character.
 */
export function isWellFormed(value: unknown): boolean {
  // No recursion: the parser reads a hundred thousand brackets within each other, for which there is no stack.
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string' && !one.isWellFormed()) return false;
    if (Array.isArray(one)) {
      // By themselves: half a million numbers, which a body may hold, would be as many entries of a hundred bytes and more each.
      const members: readonly unknown[] = one;
      for (const member of members) if (mayHoldText(member)) left.push(member);
    } else if (typeof one === 'object' && one !== null) {
      for (const [name, member] of Object.entries(one)) {
        if (!name.isWellFormed()) return false;
        if (mayHoldText(member)) left.push(member);
      }
    }
  }
  return true;
}

const mayHoldText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'object';

/** Whether the JSON text `text`, which was read as `value`, is of characters alone. */
export const isWellFormedJson = (text: string, value: unknown): boolean => !SURROGATE.test(text) || isWellFormed(value);

export const EMPTY_BODY = 'The body is empty.';
export const NO_JSON = 'The body is no JSON.';

/**
 * Why `text`, which was refused as JSON, is none, as far as it can be said without a word of it: V8 tells of most faults where they are, and of some what stands there.
 * What it reads names what prototypes are called by. Pure.
 */
export function jsonFaultOf(text: string): string {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (json.trim() === '') return EMPTY_BODY;
  try {
    JSON.parse(json);
    return 'The body names `__proto__`, or a prototype of a constructor.';
  } catch (error) {
    const message = messageOf(error);
    if (/^(Unexpected end of JSON input|Unterminated string)/.test(message)) return 'The body ends before its JSON does.';
    const [, line, column] = / \(line (\d+) column (\d+)\)$/.exec(message) ?? [];
    return line === undefined ? NO_JSON : `The body is no JSON: it goes wrong in line ${line}, column ${column}.`;
  }
}

/** Whether a route does without a body: it declares none, or one that may be absent. */
const doesWithout = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  config.operation !== undefined && (config.operation.request.body === undefined || config.operation.bodyMayBeAbsent === true);

/** Reads JSON bodies as Fastify does, takes an empty one for none where a route does without, and refuses those that hold what is no character (RFC 7493, section 2.1) as `malformed_body`. */
export function registerJsonBody(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    // Many clients name a type with every POST.
    if (text === '') {
      if (doesWithout(request)) done(null, undefined);
      else done(new AppError('malformed_body', { detail: EMPTY_BODY }));
      return;
    }
    void parse(request, text, (error, value: unknown) => {
      if (error === null && !isWellFormedJson(text, value)) {
        done(new AppError('malformed_body', { detail: 'The body holds half of a surrogate pair, which is no character.' }));
      } else if (error === null) done(null, value);
      else done(new AppError('malformed_body', { detail: jsonFaultOf(text), cause: error }));
    });
  });
}
