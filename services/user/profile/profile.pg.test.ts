import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Profile } from '#contracts/user.ts';
import { pageOf } from '#contracts/values.ts';

import { bodyOf, openScene, somebody, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

type Somebody = ReturnType<typeof somebody>;
const read = (as: Somebody) => scene.call('GET', '/v1/me', { as });
const change = async (as: Somebody, body: object, ifMatch?: string) =>
  scene.call('PATCH', '/v1/me', { as, body, ifMatch: ifMatch ?? String((await read(as)).headers['etag']) });
const named = async (name: string): Promise<Somebody> => {
  const as = somebody();
  expect((await change(as, { name })).status).toBe(200);
  return as;
};

describe('the profile', () => {
  it('is there at the first look, for whoever is signed in, and in no cache', async () => {
    for (const role of ['customer', 'support', 'catalogue', 'warehouse', 'operator', 'admin'] as const) {
      const as = somebody(role);
      const answer = await read(as);
      expect(answer.status).toBe(200);
      expect(bodyOf(Profile, answer)).toMatchObject({ accountId: as.accountId, name: null, language: 'en' });
      expect(answer.headers['cache-control']).toBe('no-store');
      expect((await read(as)).body).toEqual(answer.body);
    }
    expect((await scene.call('GET', '/v1/me')).status).toBe(401);
  });

  it('is made once by looks at the same time', async () => {
    const as = somebody();
    const answers = await Promise.all(Array.from({ length: 6 }, () => read(as)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
  });

  it('is changed in what the body names, from the version that was seen', async () => {
    const as = somebody();
    const seen = String((await read(as)).headers['etag']);
    const answer = await change(as, { name: '王小明', language: 'zh' }, seen);
    expect(answer).toMatchObject({ status: 200, body: { name: '王小明', language: 'zh' } });
    expect(await change(as, { name: 'Other' }, seen)).toMatchObject({ status: 412, body: { code: 'stale' } });
    expect(await change(as, { name: 'Other' }, `W/${String(answer.headers['etag'])}`)).toMatchObject({ status: 412 });
    expect(await scene.call('PATCH', '/v1/me', { as, body: { name: 'x' } })).toMatchObject({ status: 428 });
    expect((await change(as, { name: null }, String(answer.headers['etag']))).body).toMatchObject({ name: null, language: 'zh' });
  });

  it('takes one of two changes that saw the same version', async () => {
    const as = somebody();
    const seen = String((await read(as)).headers['etag']);
    const answers = await Promise.all(['A', 'B', 'C'].map((name) => change(as, { name }, seen)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412]);
  });

  it.each([
    ['another account', { accountId: somebody().accountId }],
    ['a language that is not spoken', { language: 'fr' }],
    ['a name of blanks', { name: ' ' }],
    ['a name with a line break', { name: 'a\nb' }],
    ['nothing', {}],
  ])('refuses %s', async (_what, body) => {
    expect((await change(somebody(), body)).status).toBe(400);
  });
});

describe('staff', () => {
  const list = async (query: string) => bodyOf(pageOf(Profile), await scene.call('GET', `/v1/users?${query}`, { as: 'support' }));

  const search = async (body: object) => bodyOf(pageOf(Profile), await scene.call('POST', '/v1/users/search', { as: 'support', body }));

  it('finds people by how their name begins, in any case, page by page', async () => {
    for (const name of ['Mira Holt', 'mirabel', 'MIRANDA', 'Amira', 'M_ra']) await named(name);
    const first = await search({ name: 'mir', limit: 2 });
    const second = await search({ name: 'mir', limit: 2, cursor: first.pageInfo.nextCursor });
    const names = [...first.items, ...second.items].map(({ name }) => name);
    expect(names.toSorted()).toEqual(['MIRANDA', 'Mira Holt', 'mirabel']);
    expect([first.total, second.pageInfo.hasNextPage]).toEqual([3, false]);
    expect((await search({ name: 'm_' })).items.map(({ name }) => name)).toEqual(['M_ra']);
  });

  it('asks for nobody by name in a URL, nor by a cursor that holds one', async () => {
    for (const query of ['name=mir', 'sort=name', 'sort=-name']) {
      expect((await scene.call('GET', `/v1/users?${query}`, { as: 'support' })).status).toBe(400);
    }
  });

  it('sees everybody once, in order of age, also who has no name', async () => {
    const nameless = somebody();
    await read(nameless);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await list(`sort=-createdAt&limit=2${cursor}`);
      seen.push(...page.items.map(({ accountId }) => accountId));
      cursor = page.pageInfo.nextCursor === null ? '' : `&cursor=${page.pageInfo.nextCursor}`;
    } while (cursor !== '');
    const { rows } = await sql<{
      account_id: string;
    }>`SELECT account_id FROM users.profile ORDER BY created_at DESC, account_id DESC`.execute(scene.database.db);
    expect(seen).toEqual(rows.map((row) => row.account_id));
    expect(seen).toContain(nameless.accountId);
  });

  it('reads one, and changes none', async () => {
    const { accountId } = await named('Read by staff');
    expect(await scene.call('GET', `/v1/users/${accountId}`, { as: 'admin' })).toMatchObject({
      status: 200,
      body: { accountId, name: 'Read by staff' },
    });
    expect((await scene.call('GET', `/v1/users/${somebody().accountId}`, { as: 'admin' })).status).toBe(404);
    expect((await scene.call('PATCH', `/v1/users/${accountId}`, { as: 'admin', ifMatch: '"1"', body: { name: 'x' } })).status).toBe(405);
  });

  it.each(['customer', 'catalogue', 'warehouse', 'operator'] as const)('is not who is %s', async (as) => {
    const { accountId } = await named('Hidden');
    expect((await scene.call('GET', '/v1/users', { as })).status).toBe(403);
    expect((await scene.call('POST', '/v1/users/search', { as, body: { name: 'h' } })).status).toBe(403);
    expect((await scene.call('GET', `/v1/users/${accountId}`, { as })).status).toBe(403);
    expect((await scene.call('GET', '/v1/users')).status).toBe(401);
  });
});
