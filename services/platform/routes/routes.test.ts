import { Readable } from 'node:stream';

import { Type } from 'typebox';
import { afterAll, describe, expect, it } from 'vitest';

import { makeTokens } from '../../testing/tokens.ts';
import { createLogger } from '../log.ts';
import { createHttpApp } from '../http.ts';
import { faultOf, headerFaultOf } from './conformity.ts';
import { callerOf } from './enforce.ts';
import { operation, type Operation } from './operation.ts';
import { bodyPieces } from './streamed-body.ts';

const log = createLogger({ level: 'silent', region: 'test' });
const Item = Type.Object({ name: Type.String() }, { additionalProperties: false });
const declared = (more: Partial<Operation> = {}) =>
  operation({
    id: 'makeItem',
    summary: 'Makes an item',
    access: { roles: ['catalogue', 'admin'] },
    request: { body: Item },
    answers: { 201: Item },
    errors: ['already_exists'],
    example: { body: { name: 'a' }, answer: { name: 'a' } },
    ...more,
  });

const tokens = await makeTokens('test');

const appWith = (report?: (fault: string) => void) =>
  createHttpApp({
    name: 'items',
    log,
    readiness: { draining: false, checks: {} },
    routes: { access: tokens.access, ...(report === undefined ? {} : { report }) },
  });

describe('a route', () => {
  it('cannot be added without a declaration, nor under a name that is taken', () => {
    expect(() => appWith().get('/open', async () => 'x')).toThrow('GET /open is not declared');
    const app = appWith().post('/v1/items', declared(), async () => ({ name: 'a' }));
    expect(() => app.post('/v1/others', declared(), async () => ({ name: 'a' }))).toThrow('two routes are called makeItem');
  });

  it('for roles cannot be added to an app that reads no tokens', () => {
    const app = createHttpApp({ name: 'items', log, readiness: { draining: false, checks: {} }, routes: {} });
    expect(() => app.post('/v1/items', declared(), async () => ({ name: 'a' }))).toThrow('can read no token');
  });

  it('looks at no token where it proves by itself who calls', async () => {
    const app = appWith();
    const route = (id: string, token?: 'ignored') =>
      declared({ id, access: { roles: 'anyone', ...(token === undefined ? {} : { token }) } });
    app.post('/v1/looking', route('looking'), async () => ({ name: 'a' }));
    app.post('/v1/ignoring', route('ignoring', 'ignored'), async () => ({ name: 'a' }));
    const post = async (url: string) =>
      (await app.inject({ method: 'POST', url, headers: { authorization: 'Bearer expired' }, payload: { name: 'a' } })).statusCode;
    expect([await post('/v1/looking'), await post('/v1/ignoring')]).toEqual([401, 200]);
    const closed = declared({ id: 'closed', access: { roles: ['admin'], token: 'ignored' } });
    expect(() => appWith().post('/v1/closed', closed, async () => ({ name: 'a' }))).toThrow('would not look at a token');
  });

  it('asks who calls before it reads the body', async () => {
    const app = appWith();
    app.post('/v1/items', declared(), async (request, reply) => reply.code(201).send({ name: callerOf(request).role }));
    const post = async (authorization: string | undefined, payload: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/items',
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        payload,
      });
    const bearer = async (role: 'customer' | 'admin') => `Bearer ${await tokens.tokenOf(role)}`;
    expect((await post(undefined, '{no json')).statusCode).toBe(401);
    expect((await post(await bearer('customer'), '{no json')).statusCode).toBe(403);
    expect((await post(await bearer('admin'), '{no json')).statusCode).toBe(400);
    expect((await post(await bearer('admin'), '{"name":"x"}')).json()).toEqual({ name: 'admin' });
  });
});

describe('what does not fit', () => {
  it('is told by the name that a client knows it by, and by field', async () => {
    const app = appWith();
    const params = Type.Object({ id: Type.String({ pattern: '^[0-9]+$', description: 'a number' }) });
    const querystring = Type.Object({ limit: Type.Optional(Type.Integer()) }, { additionalProperties: false });
    const request = { params, querystring, body: Item };
    app.post('/v1/items/:id', operation({ ...declared().config.operation, access: { roles: 'anyone' }, request }), async () => ({
      name: 'a',
    }));
    const post = async (url: string, payload: object) => {
      const { detail, errors } = (await app.inject({ method: 'POST', url, payload })).json();
      return { detail, errors };
    };
    expect(await post('/v1/items/x', { name: 'a' })).toEqual({
      detail: 'The path does not fit.',
      errors: [{ field: 'id', message: 'must be a number' }],
    });
    expect(await post('/v1/items/1?limit=1&skip=1', { name: 'a' })).toEqual({
      detail: 'The query does not fit.',
      errors: [{ field: 'skip', message: 'is not known' }],
    });
    expect(await post('/v1/items/1', {})).toEqual({
      detail: 'The body does not fit.',
      errors: [{ field: 'name', message: 'is required' }],
    });
  });
});

describe('a body that is not there', () => {
  const app = appWith();
  const access = { roles: 'anyone' } as const;
  const bodyless = operation({ ...declared().config.operation, id: 'bodyless', access, request: {}, example: { answer: { name: 'a' } } });
  const Named = Type.Object({ name: Type.Optional(Type.String()) });
  const optional = { ...declared().config.operation, id: 'optional', access, bodyMayBeAbsent: true, request: { body: Named } } as const;
  app.post('/v1/bodyless', bodyless, async (request) => ({ name: String(request.body) }));
  app.post('/v1/items', declared({ access }), async ({ body }) => body);
  app.post('/v1/optional', operation(optional), async ({ body }) => ({ name: body.name ?? 'nobody' }));
  afterAll(() => app.close());
  const post = async (url: string, headers: Record<string, string>) => (await app.inject({ method: 'POST', url, headers })).json();

  it.each([{ 'content-type': 'application/json' }, {}])('is none, where none is wanted, whatever its type: %j', async (headers) => {
    expect(await post('/v1/bodyless', headers)).toEqual({ name: 'undefined' });
    expect(await post('/v1/optional', headers)).toEqual({ name: 'nobody' });
  });

  it('is called so where one is wanted', async () => {
    const type = { 'content-type': 'application/json' };
    expect(await post('/v1/items', type)).toMatchObject({ code: 'malformed_body', detail: 'The body is empty.' });
    expect(await post('/v1/items', {})).toMatchObject({ code: 'invalid_request', detail: 'The body is empty.' });
  });

  it('stands in the document as one that may be absent, and others as required', async () => {
    const { paths } = (await app.inject('/openapi.json')).json();
    expect(paths['/v1/optional'].post.requestBody).toMatchObject({ required: false, content: {} });
    expect(paths['/v1/items'].post.requestBody).toMatchObject({ required: true });
    expect(paths['/v1/bodyless'].post.requestBody).toBeUndefined();
  });
});

describe('a streamed body', () => {
  const app = appWith();
  const takeFile = operation({
    id: 'takeFile',
    summary: 'Takes a file',
    access: { roles: ['admin'] },
    request: {},
    takes: { media: ['text/csv'], limitBytes: 10 },
    answers: { 201: Item },
    errors: [],
    example: { body: 'a', answer: { name: '1' } },
  });
  app.post('/v1/files', takeFile, async (request, reply) => {
    let length = 0;
    for await (const piece of bodyPieces(request)) length += piece.length;
    return reply.code(201).send({ name: String(length) });
  });
  app.post('/v1/items', declared(), async () => ({ name: 'a' }));
  afterAll(() => app.close());
  const post = async (url: string, type: string, payload: string | Readable) => {
    const authorization = `Bearer ${await tokens.tokenOf('admin')}`;
    return (await app.inject({ method: 'POST', url, headers: { 'content-type': type, authorization }, payload })).json();
  };

  it('comes to its handler piece by piece, bounded, and to no other route', async () => {
    expect(await post('/v1/files', 'Text/CSV; charset=utf-8', '0123456789')).toEqual({ name: '10' });
    expect(await post('/v1/files', 'text/csv', '0123456789a')).toMatchObject({ code: 'body_too_large' });
    expect(await post('/v1/files', 'text/csv', Readable.from(['012345', '6789a']))).toMatchObject({ code: 'body_too_large' });
    expect(await post('/v1/files', 'application/json', '{}')).toMatchObject({ code: 'unsupported_media_type' });
    expect(await post('/v1/items', 'text/csv', 'a')).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('stands in the OpenAPI document with its media type', async () => {
    const { requestBody } = (await app.inject('/openapi.json')).json().paths['/v1/files'].post;
    expect(requestBody.content).toMatchObject({ 'text/csv': { schema: { type: 'string' } } });
  });
});

describe('an answer that is not as declared', () => {
  const { operation: item } = declared().config;
  it.each([
    ['another status', 200, '{"name":"a"}'],
    ['a body that does not fit', 201, '{"name":1}'],
    ['a field that is not named', 201, '{"name":"a","cost":1}'],
    ['an error that is not a problem', 404, '{"error":"x"}'],
    ['an error of another route', 404, '{"type":"urn:x","title":"x","status":404,"code":"not_found"}'],
  ])('is told: %s', (_what, status, text) => {
    expect(faultOf(item, status, text)).toBeDefined();
  });

  it('is told of a field that nobody declared, however deep', () => {
    const { operation: one } = declared({
      answers: { 200: Type.Object({ items: Type.Array(Type.Object({ name: Type.String() })) }) },
    }).config;
    expect(faultOf(one, 200, '{"items":[{"name":"a"}]}')).toBeUndefined();
    expect(faultOf(one, 200, '{"items":[{"name":"a"},{"name":"b","pepper":"c"}]}')).toContain('pepper');
    expect(faultOf(one, 200, '{"items":[],"total":1}')).toContain('total');
  });

  it('is told of headers: what kind of answer it is, and when to come again', () => {
    const type = { 'content-type': 'application/problem+json' };
    expect(headerFaultOf(item, 503, { ...type, 'retry-after': '1' })).toBeUndefined();
    expect(headerFaultOf(item, 503, type)).toContain('come again');
    expect(headerFaultOf(item, 404, { 'content-type': 'application/json' })).toContain('application/json');
  });

  it('is told of lines', () => {
    const { operation: lines } = declared({ answers: { 200: Item }, media: ['application/x-ndjson'] }).config;
    expect(faultOf(lines, 200, '{"name":"a"}\n{"name":"b"}\n')).toBeUndefined();
    expect(faultOf(lines, 200, '{"name":"a"}\n{"name":1}\n')).toContain('{"name":1}');
    expect(faultOf(lines, 200, '{"name":"a"}')).toContain('within a line');
  });

  it('is told of a running app, and what is as declared is not', async () => {
    const faults: string[] = [];
    const app = appWith((fault) => faults.push(fault));
    let answer: object = { name: 'a' };
    app.post('/v1/items', declared({ access: { roles: 'anyone' } }), async (_request, reply) => reply.code(201).send(answer));
    const post = (body: object) => app.inject({ method: 'POST', url: '/v1/items', payload: body });
    await post({ name: 'a' });
    expect((await post({})).statusCode).toBe(400);
    expect(faults).toEqual([]);
    answer = { nome: 'a' };
    await post({ name: 'a' });
    expect(faults).toHaveLength(1);
  });
});

describe('the pages', () => {
  const served = appWith();
  served.post('/v1/items/:id', declared({ needs: ['idempotency-key'] }), async () => ({ name: 'a' }));
  afterAll(() => served.close());

  it('have the OpenAPI document of what is declared', async () => {
    const answer = await served.inject('/openapi.json');
    expect(answer.statusCode).toBe(200);
    const document = answer.json();
    expect(document.openapi).toBe('3.1.0');
    const post = document.paths['/v1/items/{id}'].post;
    expect(post).toMatchObject({ operationId: 'makeItem', security: [{ bearer: [] }] });
    expect(post.parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'idempotency-key', required: true }));
    expect(post.requestBody.content['application/json']).toMatchObject({ schema: { required: ['name'] }, example: { name: 'a' } });
    expect(post.responses['201'].content['application/json'].example).toEqual({ name: 'a' });
    expect(Object.keys(post.responses['409'].content['application/problem+json'].examples)).toEqual([
      'already_exists',
      'request_in_flight',
    ]);
    expect(Object.keys(document.paths)).toEqual(['/v1/items/{id}']);
  });

  it('have a reference that loads nothing from elsewhere', async () => {
    const page = await served.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    const script = /src="\.\/(static\/[^"]*bundle\.js)"/.exec(page.body)?.[1] ?? '';
    expect((await served.inject(`/docs/${script}`)).statusCode).toBe(200);
  });
});
