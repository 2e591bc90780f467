/**
 * Goal: a path that there is, with a method that it does not have, is told from a path that there is not, before anything of the request is read.
 * Method: an app by injection and by its socket. Planted once each: no Allow; a body that is read first; every path taken for one that there is.
 */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createHttpApp } from '../http.ts';
import { createLogger } from '../log.ts';

const app = createHttpApp({
  name: 'things',
  log: createLogger({ level: 'silent', region: 'test' }),
  readiness: { draining: false, checks: {} },
  routes: 'undeclared',
  bodyLimitBytes: 100,
});
app.get('/v1/things/:id', async () => 'a thing');
app.delete('/v1/things/:id', async () => 'gone');
app.post('/v1/things/bulk', async () => 'done');
app.post('/v1/things', async () => 'made');
app.get('/v1/files/*', async () => 'a file');
beforeAll(() => app.listen({ host: '127.0.0.1', port: 0 }));
afterAll(() => app.close());

const answerOf = async (method: string, url: string, payload?: string, type = 'application/json') => {
  const { statusCode, headers, body } = await app.inject({
    method: method as 'GET',
    url,
    ...(payload === undefined ? {} : { payload, headers: { 'content-type': type } }),
  });
  const { code } = body === '' ? { code: undefined } : JSON.parse(body);
  return { status: statusCode, allow: headers['allow'], type: headers['content-type'], code };
};
const refused = (allow: string) => ({ status: 405, allow, type: 'application/problem+json; charset=utf-8', code: 'method_not_allowed' });

describe('a path that there is, with a method that it does not have', () => {
  it.each([
    ['PUT', '/v1/things/1', 'DELETE, GET, HEAD'],
    ['OPTIONS', '/v1/things/1?method=GET', 'DELETE, GET, HEAD'],
    // What a stricter path has not, the one with a place for an id may have.
    ['PATCH', '/v1/things/bulk', 'DELETE, GET, HEAD, POST'],
    ['GET', '/v1/things', 'POST'],
    ['POST', '/v1/files/a/b', 'GET, HEAD'],
    ['POST', '/livez', 'GET, HEAD'],
  ])('is answered 405: %s %s', async (method, url, allow) => {
    expect(await answerOf(method, url)).toEqual(refused(allow));
  });

  it('is answered so whatever its body is', async () => {
    for (const [payload, type] of [['{no json'], ['a,b', 'text/csv'], ['x'.repeat(101)]] as const)
      expect(await answerOf('PUT', '/v1/things/1', payload, type)).toEqual(refused('DELETE, GET, HEAD'));
  });

  it('is answered so over a socket, where a method that HTTP alone knows comes too, and none that has no body', async () => {
    const { port } = new URL(app.listeningOrigin);
    for (const [method, path] of [
      ['PROPFIND', '/v1/things'],
      ['HEAD', '/v1/things'],
    ]) {
      const [response] = await once(httpRequest({ host: '127.0.0.1', port, method, path }).end(), 'response');
      response.resume();
      expect([response.statusCode, response.headers.allow]).toEqual([405, 'POST']);
    }
  });
});

describe('a path that there is not', () => {
  it.each(['/', '/v1', '/v1/things/1/2', '/v1/thing', '/v1/files', '/V1/things', '//v1/things', '/v1/things/%'])(
    'is answered 404, with any method: %s',
    async (url) => {
      for (const method of ['GET', 'PUT', 'OPTIONS'])
        expect(await answerOf(method, url)).toMatchObject({ status: 404, allow: undefined, code: 'not_found' });
    },
  );
});

it('HEAD of what can be read is answered as it is', async () => {
  expect(await answerOf('HEAD', '/v1/things/1')).toMatchObject({ status: 200, allow: undefined });
});
