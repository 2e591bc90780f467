/** Goal: no text that is none gets past the door, however JSON writes it down. Planted once: the search for escapes in lower case alone. */
import Fastify from 'fastify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { App } from './app.ts';
import { isWellFormedJson, registerJsonBody } from './json-body.ts';
import { registerProblems } from './problems.ts';

async function answerTo(payload: string) {
  const app: App = Fastify();
  registerProblems(app);
  registerJsonBody(app);
  app.post('/echo', async (request) => ({ got: request.body }));
  const response = await app.inject({ method: 'POST', url: '/echo', headers: { 'content-type': 'application/json' }, payload });
  await app.close();
  return { status: response.statusCode, body: response.json<unknown>() };
}

describe('a JSON body', () => {
  it.each(['{"name":"\\ud800"}', '{"name":"\\uDC00x"}', '["a",{"b":["\\udBff\\u0041"]}]', '{"\\udead":1}'])(
    'with half of a surrogate pair is refused: %s',
    async (payload) => {
      expect(await answerTo(payload)).toMatchObject({ status: 400, body: { code: 'malformed_body' } });
    },
  );

  it.each(['{"name":"\\ud83d\\ude00"}', '{"name":"\\\\ud800"}', '{"name":"\u{1f600}"}'])(
    'with characters alone is read: %s',
    async (payload) => {
      expect(await answerTo(payload)).toEqual({ status: 200, body: { got: JSON.parse(payload) as unknown } });
    },
  );

  it('is refused for its prototype, and where it is no JSON, as before', async () => {
    expect((await answerTo('{"__proto__":{"a":1}}')).status).toBe(400);
    expect((await answerTo('{"a":')).status).toBe(400);
  });

  it('is well formed exactly where each of its texts is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), fc.nat(0xffff), (texts, unit) => {
        const all = [...texts, String.fromCharCode(unit)];
        const json = JSON.stringify({ list: all });
        expect(isWellFormedJson(json, JSON.parse(json))).toBe(all.every((text) => text.isWellFormed()));
      }),
    );
  });
});
