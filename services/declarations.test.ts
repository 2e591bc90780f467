import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';

import * as syncAdmin from '#contracts/sync-admin.ts';

import { buildDeclaredApps } from './testing/declared-apps.ts';
import { placesOfNul } from './testing/nul.ts';

const apps = await buildDeclaredApps();
const routes = Object.entries(apps).flatMap(([service, app]) =>
  (app.operations ?? []).map((route) => ({ ...route, service, name: `${service} ${route.method} ${route.url}` })),
);

it('every service declares its routes', () => {
  const silent = Object.keys(apps).filter((service) => !routes.some((route) => route.service === service));
  expect(silent).toEqual([]);
});

/** Where in `schema` a text has a pattern that nothing puts in words. */
function wordlessIn(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inside = Object.entries(schema).flatMap(([name, value]) => wordlessIn(value, `${path}/${name}`));
  return 'pattern' in schema && typeof schema.pattern === 'string' && !('description' in schema) ? [path, ...inside] : inside;
}

it('every pattern that a request has to match says in words what it is for: who breaks it is told that', () => {
  expect(routes.flatMap(({ name, operation: { request } }) => wordlessIn(request).map((path) => `${name} ${path}`))).toEqual([]);
});

/** What is read before it is looked for: decoded, hashed, or put into the letters of a code. */
const READ_FIRST = /\/(cursor|refreshToken)$|^user POST \/v1\/me\/link\/claim \/body\/properties\/code$/;

it('no text of a request may hold NUL, which PostgreSQL takes in none', () => {
  const asked = routes.flatMap(({ name, operation: { request } }) => placesOfNul(request).map((path) => `${name} ${path}`));
  expect(asked.filter((place) => !READ_FIRST.test(place))).toEqual([]);
  const operators = Object.entries(syncAdmin).filter(([name]) => /(Query|Body|Request)$/.test(name));
  expect(operators.map(([name]) => name)).toEqual(expect.arrayContaining(['ReasonBody', 'ParkedBody', 'ListQuery', 'TraceQuery']));
  expect(operators.flatMap(([name, schema]) => placesOfNul(schema, name)).filter((place) => !READ_FIRST.test(place))).toEqual([]);
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

/**
 * Each POST that makes money, stock or messages wants an Idempotency-Key. Of the others it is said why they can do without: a new one has to be put here, or to want a key.
 */
const withoutKey: Readonly<Record<string, string>> = {
  'auth exchangeCode': 'a code works once',
  'auth refreshTokens': 'a token that comes again has the same successor',
  'auth signOut': 'what has ended stays so',
  'auth startSecondFactor': 'makes a challenge that ends by itself',
  'auth answerSecondFactor': 'a challenge is met once',
  'auth startPasskey': 'makes a challenge that ends by itself',
  'auth addPasskey': 'a challenge is signed once',
  'auth startPasskeySignIn': 'makes a challenge that ends by itself',
  'auth signInByPasskey': 'a challenge is signed once',
  'auth enrolTotp': 'the next secret takes the place of one that is not confirmed',
  'auth confirmTotp': 'a step of time counts once',
  'auth confirmContact': 'a code works once',
  'auth searchAccount': 'makes nothing',
  'auth openAccounts': 'who has an account keeps it',
  'catalog createProduct': 'its id is made of the stock code',
  'catalog applyBulk': 'ids are made of stock codes, and prices of what they are for',
  'catalog publishProduct': 'what is published stays so',
  'catalog archiveProduct': 'what is archived stays so',
  'catalog createPrice': 'two prices of one time are refused',
  'catalog addMedium': 'its id is made of the product and the link',
  'catalog importProducts': 'ids are made of stock codes, and prices of what they are for',
  'catalog createCategory': 'its id is made of the slug',
  'catalog createStore': 'its id is made of the code',
  'notification previewTemplate': 'makes nothing',
  'notification receiveBounce': 'told again, it is no news',
  'notification searchSuppression': 'makes nothing',
  'order createCart': 'a cart holds nothing back, and ends by itself',
  'order claimCart': 'the same cart is answered again',
  'order cancelOrder': 'an order is cancelled once, and its money paid back with that',
  'order receivePaymentCallback': 'told again, it is no news',
  'order deliverShipment': 'a shipment arrives once',
  'order recordSales': 'a reference is taken once',
  'order recordReturns': 'a reference is taken once for each sale',
  'order sweepOrders': 'does what is due, which is not due any more then',
  'user searchUsers': 'makes nothing',
  'user addMyAddress': 'makes none of the three: an address too many is removed',
  'user offerMyLink': 'the next code takes the place of the last',
  'user claimMyLink': 'a code works once',
  'user exportMe': 'makes nothing that is kept',
  'user eraseMe': 'asked again, it answers the same receipt',
  'user eraseUser': 'who has gone stays so',
};

/** What says who somebody is. A URL is logged on its way, by proxies whose logs are not ours. */
const PERSONAL = /^(email|phone|name|address|recipient)$/i;

it('no query string asks for somebody by what they are called or reached by', () => {
  const asked = routes.flatMap(({ name, operation: { request } }) => {
    const { querystring } = request;
    const names = querystring !== undefined && 'properties' in querystring ? Object.keys(querystring.properties as object) : [];
    return names.filter((parameter) => PERSONAL.test(parameter)).map((parameter) => `${name}?${parameter}`);
  });
  expect(asked).toEqual([]);
});

it('every POST wants an Idempotency-Key, or it is said why not', () => {
  const posts = routes.filter(({ method }) => method === 'POST');
  const unkeyed = posts.filter(({ operation: { needs = [] } }) => !needs.includes('idempotency-key'));
  expect(unkeyed.map(({ service, operation: { id } }) => `${service} ${id}`).toSorted()).toEqual(Object.keys(withoutKey).toSorted());
});

it('a route that lets in who shows something in a header says so twice: in words, and as a parameter of the document', () => {
  const shown = routes.map(({ name, operation: { access, reads = {} } }) => ({
    name,
    inWords: [...(access.otherwise ?? '').matchAll(/in the header ([a-z-]+)/g)].map(([, header]) => header),
    asParameters: Object.keys(reads),
    isOtherwise: access.otherwise !== undefined,
  }));
  expect(shown.filter(({ inWords, asParameters }) => inWords.join() !== asParameters.join())).toEqual([]);
  expect(shown.filter(({ isOtherwise, inWords }) => isOtherwise !== inWords.length > 0)).toEqual([]);
  expect(shown.filter(({ isOtherwise }) => isOtherwise).length).toBeGreaterThan(10);
});

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}
const headersOf = ({ parameters = [] }: Described): string[] =>
  parameters.flatMap(({ in: place, name }) => (place === 'header' ? [name] : []));

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

it.each(Object.keys(apps))(
  '%s answers 405 to the methods that its document does not have at a path, and names those that it has',
  async (service) => {
    const app = apps[service]!;
    const { info, paths } = (await app.inject('/openapi.json')).json();
    expect(info.description).toContain('method_not_allowed');
    const urls = new Set((app.operations ?? []).map(({ url }) => url));
    for (const url of urls) {
      const own = Object.keys(paths[url.replace(/:(\w+)/g, '{$1}')]).map((method) => method.toUpperCase());
      // A path that stands for itself may be one of those with a place for an id as well.
      const fitting = [...urls].filter((other) => new RegExp(`^${other.replace(/:\w+/g, '[^/]+')}$`).test(url));
      const known = (app.operations ?? []).flatMap(({ method, url: other }) => (fitting.includes(other) ? [method] : []));
      expect(known).toEqual(expect.arrayContaining(own));
      const allowed = [...new Set(known.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].toSorted();
      for (const method of METHODS.filter((one) => !allowed.includes(one))) {
        const { statusCode, headers } = await app.inject({ method, url: url.replace(/:\w+/g, 'anything') });
        expect({ statusCode, allow: headers['allow'] }, `${method} ${url}`).toEqual({ statusCode: 405, allow: allowed.join(', ') });
        expect((await app.inject({ method, url: `${url}/x/y/z` })).statusCode).toBe(404);
      }
    }
  },
);

it.each(Object.keys(apps))('%s has an OpenAPI document in which every route stands', async (service) => {
  const app = apps[service]!;
  const answer = await app.inject('/openapi.json');
  expect(answer.statusCode).toBe(200);
  const document = answer.json();
  for (const { method, url, operation } of app.operations ?? []) {
    const path = url.replace(/:(\w+)/g, '{$1}');
    const described = document.paths[path][method.toLowerCase()];
    expect(described.operationId).toBe(operation.id);
    expect(headersOf(described), operation.id).toEqual([...(operation.needs ?? []), ...Object.keys(operation.reads ?? {})]);
    const wantsBody = operation.takes !== undefined || (operation.request.body !== undefined && operation.bodyMayBeAbsent !== true);
    expect(described.requestBody?.required ?? false, operation.id).toBe(wantsBody);
  }
  await app.close();
});
