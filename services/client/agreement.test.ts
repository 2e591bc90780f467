import { describe, expect, it } from 'vitest';

import { buildDeclaredApps } from '../testing/declared-apps.ts';
import { operations } from './index.ts';
import type { ClientOperation } from './operation.ts';

const tables: Readonly<Record<string, Readonly<Record<string, ClientOperation>>>> = operations;
const declared = Object.entries(await buildDeclaredApps())
  .filter(([service]) => tables[service] !== undefined)
  .flatMap(([service, app]) => (app.operations ?? []).map((route) => ({ service, route, name: `${service}.${route.operation.id}` })));

/** A schema as JSON Schema, without what TypeBox adds to it. */
const plain = (schema: unknown): unknown => (schema === undefined || schema === null ? null : JSON.parse(JSON.stringify(schema)));

describe.each(declared)('$name', ({ service, route: { method, url, operation } }) => {
  it('is in the client as the service declares it', () => {
    const known = tables[service]?.[operation.id];
    const [success] = Object.values(operation.answers);
    expect(
      known && {
        ...known,
        params: plain(known.params),
        query: plain(known.query),
        body: plain(known.body),
        answer: plain(known.answer),
        needs: known.needs ?? [],
      },
    ).toEqual({
      method,
      path: url,
      params: plain(operation.request.params),
      query: plain(operation.request.querystring),
      body: plain(operation.request.body),
      answer: plain(success),
      needs: operation.needs ?? [],
    });
  });
});

it('the client has no operation that no service declares', () => {
  const names = new Set(declared.map(({ name }) => name));
  const extra = Object.entries(tables).flatMap(([service, table]) => Object.keys(table).map((id) => `${service}.${id}`));
  expect(extra.filter((name) => !names.has(name))).toEqual([]);
});
