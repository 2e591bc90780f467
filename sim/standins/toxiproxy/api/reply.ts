import type { ApiError } from '../api-error.ts';

/** An answer, before it is written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const UNSAFE = /[<>&\u2028\u2029]/g;

/** JSON as Go writes it: fit to be put into HTML. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { 'Content-Type': 'application/json' }, body: goJson(value) };
}

export function text(status: number, body: string): Reply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }, body: `${body}\n` };
}

/** Go's http.Error keeps its own content type, so an error is JSON that calls itself text. */
export function failure({ message, status }: ApiError): Reply {
  return text(status, goJson({ error: message, status }));
}

export const empty = (status: number): Reply => ({ status, headers: {}, body: '' });
