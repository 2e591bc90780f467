import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';

import { buildDeclaredApps } from './testing/declared-apps.ts';

const apps = await buildDeclaredApps();
const routes = Object.entries(apps).flatMap(([service, app]) =>
  (app.operations ?? []).map((route) => ({ ...route, service, name: `${service} ${route.method} ${route.url}` })),
);

it('every service declares its routes', () => {
  const silent = Object.keys(apps).filter((service) => !routes.some((route) => route.service === service));
  expect(silent).toEqual(['notification']);
});

describe.each(routes)('$name', ({ operation: { request, answers, example, summary }, method }) => {
  it('has examples that fit its schemas', () => {
    expect(summary).not.toBe('');
    const given = { params: example.params, querystring: example.query, body: example.body };
    for (const part of ['params', 'querystring', 'body'] as const) {
      const schema = request[part];
      if (schema === undefined) continue;
      expect(given[part], `an example of its ${part}`).toBeDefined();
      expect([...Value.Errors(schema, given[part])], part).toEqual([]);
    }
    const [success] = Object.values(answers);
    if (success !== null && success !== undefined) expect([...Value.Errors(success, example.answer)], 'answer').toEqual([]);
    if (method === 'GET' || method === 'DELETE') expect(request.body).toBeUndefined();
  });
});

it.each(Object.keys(apps))('%s has an OpenAPI document in which every route stands', async (service) => {
  const app = apps[service]!;
  const answer = await app.inject('/openapi.json');
  expect(answer.statusCode).toBe(200);
  const document = answer.json();
  for (const { method, url, operation } of app.operations ?? []) {
    const path = url.replace(/:(\w+)/g, '{$1}');
    expect(document.paths[path][method.toLowerCase()].operationId).toBe(operation.id);
  }
  await app.close();
});
