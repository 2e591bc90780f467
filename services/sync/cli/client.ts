import type { Static, TSchema } from 'typebox';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { codeOf, messageOf } from '#platform/errors.ts';

import { CommandFailure } from './failure.ts';
import type { Target } from './targets.ts';

const Problem = Type.Object({
  title: Type.Optional(Type.String()),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
});

const TIMEOUT_MS = 20_000;

export interface Ask<Body extends TSchema> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** With a body it is a change: sent once, never repeated. */
  readonly body?: unknown;
  readonly answer: Body;
}

/**
 * Asks a region's API. Undefined for 404. Throws CommandFailure for everything else that is no success, with what to do next; a token that has
 * expired is renewed once where that can be done here.
 */
export async function ask<Body extends TSchema>(target: Target, request: Ask<Body>): Promise<Static<Body> | undefined> {
  let response = await send(target, request, await target.token());
  if (response.status === 401) {
    const renewed = await target.renew();
    if (renewed !== undefined) response = await send(target, request, renewed);
  }
  const text = await response.text();
  if (response.ok) return readAnswer(target, request, text);
  if (response.status === 404 && problemIn(text)?.code === 'not_found') return undefined;
  throw refusal(target, response.status, text);
}

/** As `ask`; what is not there is a failure with `missing` as its message. */
export async function demand<Body extends TSchema>(target: Target, request: Ask<Body>, missing: string): Promise<Static<Body>> {
  const answer = await ask(target, request);
  if (answer === undefined) throw new CommandFailure(missing);
  return answer;
}

async function send<Body extends TSchema>(target: Target, { path, query, body }: Ask<Body>, token: string): Promise<Response> {
  const url = new URL(path, target.url);
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(name, value);
  try {
    return await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new CommandFailure(
      `${target.region} does not answer at ${target.url} (${codeOf(cause) ?? messageOf(cause)})`,
      target.advice.away,
      {
        cause: error,
      },
    );
  }
}

function readAnswer<Body extends TSchema>(target: Target, request: Ask<Body>, text: string): Static<Body> {
  const value = parse(text);
  if (!Value.Check(request.answer, value)) {
    throw new CommandFailure(`${target.url}${request.path} answered something else than the operators' API`, target.advice.away);
  }
  return value;
}

function problemIn(text: string): Static<typeof Problem> | undefined {
  const value = parse(text);
  return Value.Check(Problem, value) ? value : undefined;
}

function refusal(target: Target, status: number, text: string): CommandFailure {
  const problem = problemIn(text);
  const fields = problem?.errors?.map(({ field, message }) => `${field} ${message}`).join('; ');
  const said = [problem?.code, problem?.detail ?? problem?.title, fields].filter(Boolean).join(': ');
  const message = `${target.region} answered ${status}${said === '' ? '' : ` ${said}`}`;
  if (status === 401) return new CommandFailure(message, target.advice.refused);
  if (status === 403) return new CommandFailure(message, 'Only accounts with the role admin may operate sync.');
  if (status >= 500) return new CommandFailure(message, target.advice.away);
  return new CommandFailure(message);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
