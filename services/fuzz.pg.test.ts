/**
 * Goal: no request, however wrong, is answered with a server's error, or with anything of the inside.
 * Method: for each declared route, requests made from its schemas and its example - wrong types, sizes, encodings, fields that nobody knows, SQL, headers; and
 * such as pass the schemas: days that there are not, the ends of numbers and of time, cursors of nobody's - as a caller who passes the door and as nobody, against the real services on a real database. Every answer is held against its declaration.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { createLogger } from '#platform/log.ts';

import { conformingRequests, hostileRequests } from './testing/fuzz/inputs.ts';
import { cursorsOf, settle } from './testing/fuzz/known.ts';
import { signInWithRole } from './testing/owners/people.ts';
import { openShop } from './testing/owners/shop.ts';
import { callOf } from './testing/planted/life.ts';
import { makeTokens } from './testing/tokens.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);

/** What a stack trace, a statement, PostgreSQL or a path would show. */
const INSIDE =
  /\bat [^\n]*[./](ts|js|mjs):\d+|node_modules|\bSELECT\b.*\bFROM\b|syntax error|violates|relation "|pg_|ECONNREFUSED|\/services\//i;

const lines: string[] = [];
const log = createLogger({ level: 'error', region: 'test', destination: { write: (line: string) => void lines.push(line) } });
const shop = await openShop(log);
const { every } = shop;
const staff = await signInWithRole(every, shop.database, 'staff@fuzz.example', 'admin');
afterAll(() => shop.close());

const routes = [...every.services].flatMap(([service, { app }]) =>
  (app.operations ?? []).map((route) => ({ service, app, route, name: `${service} ${route.method} ${route.url}` })),
);

it('has routes to try', () => {
  expect(routes.length).toBeGreaterThan(15);
});

describe.each(routes)('$name', ({ service, app, route }) => {
  it('answers whatever is sent to it as declared, and shows nothing of the inside', async () => {
    const { roles } = route.operation.access;
    const role = roles === 'anyone' ? 'admin' : (roles[0] ?? 'admin');
    const { owner, known } = await settle(shop, staff, role);
    const { headers: inside } = owner.person;
    const foreign = { authorization: `Bearer ${await (await makeTokens('world')).tokenOf(role)}` };
    const cursors = route.method === 'GET' ? await cursorsOf(callOf(every, service), route.url, inside) : [];
    const requests = fc.oneof(hostileRequests(route), conformingRequests(route, { ...known, cursors }));
    await fc.assert(
      fc.asyncProperty(requests, fc.constantFrom('inside', 'inside', 'inside', 'foreign', 'nobody'), async (request, who) => {
        const response = await app.inject({
          method: route.method as 'GET',
          url: request.url,
          headers: { ...request.headers, ...(who === 'inside' ? inside : who === 'foreign' ? foreign : {}) },
          ...(request.payload === undefined ? {} : { payload: request.payload }),
        });
        const told = `${response.statusCode} ${response.body.slice(0, 2_000)}\n${lines.splice(0).join('')}`;
        expect(response.statusCode, told).toBeLessThan(500);
        // What was sent may be told back, and answers of success hold random text.
        const shown = (response.statusCode < 400 ? undefined : INSIDE.exec(response.body)?.[0]) ?? '';
        expect(`${request.url} ${String(request.payload)}`, `${shown} in ${told}`).toContain(shown);
        expect(response.headers).not.toHaveProperty('set-cookie', expect.stringContaining('stolen'));
        if (response.statusCode >= 400) expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
        expect(every.faults()).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);
});
