/** Goal: no text that is none gets past the door, however JSON writes it down, and what is no JSON is told why. Planted once: the search for escapes in lower case alone; the words of V8 as they are; a look that calls itself. */
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

  it.each([
    ['', 'The body is empty.'],
    [' \n', 'The body is empty.'],
    ['{"secret":', 'The body ends before its JSON does.'],
    ['{"secret', 'The body ends before its JSON does.'],
    ['\ufeff{"secret":1,\n"b":1,}', 'The body is no JSON: it goes wrong in line 2, column 7.'],
    ['{"a":1} secret', 'The body is no JSON: it goes wrong in line 1, column 9.'],
    ['{"secret":tru}', 'The body is no JSON.'],
    ['secret=1', 'The body is no JSON.'],
    ['{"__proto__":{"secret":1}}', 'The body names `__proto__`, or a prototype of a constructor.'],
    ['{"constructor":{"prototype":1}}', 'The body names `__proto__`, or a prototype of a constructor.'],
  ])('is told what is wrong with it, and nothing of what it says: %j', async (payload, detail) => {
    const { status, body } = await answerTo(payload);
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'malformed_body', detail } });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('is looked at to its bottom, however deep that is', () => {
    const within = (text: string): string => `${'[{"a":'.repeat(20_000)}"${text}"${'}]'.repeat(20_000)}`;
    for (const [text, isText] of [
      ['\\ud83d\\ude00', true],
      ['\\ud83d', false],
    ] as const) {
      expect(isWellFormedJson(within(text), JSON.parse(within(text)))).toBe(isText);
    }
  });

  it('is looked at to its end, also where it is a long list', () => {
    const text = `["\\ud83d\\ude00"${',1'.repeat(500_000)},"\\ud83d"]`;
    expect(isWellFormedJson(text, JSON.parse(text))).toBe(false);
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
