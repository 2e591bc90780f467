import { type APIRequestContext, expect } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

type Asking = {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** Asks the public API for something that must succeed, and reads the answer. Each request has a key of its own. */
export async function ask<Schema extends TSchema>(
  request: APIRequestContext,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH',
  url: string,
  schema: Schema,
  { token, headers, body }: Asking = {},
): Promise<Static<Schema>> {
  const response = await request.fetch(url, {
    method,
    headers: { 'idempotency-key': randomUUID(), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { data: body }),
  });
  expect(response.ok(), `${method} ${url}: ${response.status()} ${await response.text()}`).toBe(true);
  const answer: unknown = await response.json();
  return Value.Parse(schema, answer);
}
