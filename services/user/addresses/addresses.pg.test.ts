import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Address, AddressList, MOST_ADDRESSES } from '#contracts/user.ts';

import { addressWritingExample as western, chineseAddressWritingExample as chinese } from '../examples.ts';
import { bodyOf, openScene, somebody, type Scene } from '../testing/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

type Somebody = ReturnType<typeof somebody>;
const URL = '/v1/me/addresses';
const add = (as: Somebody, body: object = western) => scene.call('POST', URL, { as, body });
const added = async (as: Somebody, body?: object): Promise<Address> => bodyOf(Address, await add(as, body));
const list = async (as: Somebody): Promise<Address[]> => bodyOf(AddressList, await scene.call('GET', URL, { as })).items;
const tagOf = async (as: Somebody, id: string): Promise<string> =>
  String((await scene.call('GET', `${URL}/${id}`, { as })).headers['etag']);
const put = async (as: Somebody, id: string, body: object, ifMatch?: string) =>
  scene.call('PUT', `${URL}/${id}`, { as, body, ifMatch: ifMatch ?? (await tagOf(as, id)) });
const remove = async (as: Somebody, id: string): Promise<void> =>
  expect((await scene.call('DELETE', `${URL}/${id}`, { as, ifMatch: await tagOf(as, id) })).status).toBe(204);
const defaults = async (as: Somebody): Promise<string[]> => (await list(as)).filter(({ isDefault }) => isDefault).map(({ id }) => id);

describe('an address', () => {
  it.each([
    ['western', western, { region: null }],
    ['Chinese', chinese, {}],
    [
      'western without a postcode, where there are none',
      { ...western, country: 'HK', city: 'Hong Kong', postcode: null },
      { region: null },
    ],
    ['western in China', { ...western, country: 'CN', city: 'Shanghai', postcode: '200 040' }, { region: null, postcode: '200040' }],
  ])('of the %s form is kept as it was written', async (_form, body, more) => {
    const as = somebody();
    const answer = await add(as, body);
    expect(answer).toMatchObject({ status: 201, body: { ...body, ...more, isDefault: true } });
    const { id } = bodyOf(Address, answer);
    expect(answer.headers['location']).toBe(`${URL}/${id}`);
    expect((await scene.call('GET', `${URL}/${id}`, { as })).body).toEqual(answer.body);
    expect(await list(as)).toEqual([answer.body]);
  });

  it('changes its form with its content', async () => {
    const as = somebody();
    const { id } = await added(as);
    expect(await put(as, id, chinese)).toMatchObject({ status: 200, body: { id, ...chinese, isDefault: true } });
    const back = bodyOf(Address, await put(as, id, { ...western, lines: ['a', 'b', 'c'] }));
    expect(back).toMatchObject({ lines: ['a', 'b', 'c'], region: null });
    expect(back).not.toHaveProperty('district');
  });

  it('is changed and removed from the version that was seen', async () => {
    const as = somebody();
    const { id } = await added(as);
    const seen = await tagOf(as, id);
    expect((await put(as, id, { ...western, city: 'Leeds' }, seen)).status).toBe(200);
    expect((await put(as, id, western, seen)).status).toBe(412);
    expect((await scene.call('DELETE', `${URL}/${id}`, { as, ifMatch: seen })).status).toBe(412);
    for (const method of ['PUT', 'DELETE'] as const) {
      const body = method === 'PUT' ? { body: western } : {};
      expect((await scene.call(method, `${URL}/${id}`, { as, ...body })).status).toBe(428);
    }
    expect((await scene.call('DELETE', `${URL}/${id}`, { as, ifMatch: await tagOf(as, id) })).status).toBe(204);
    expect((await scene.call('GET', `${URL}/${id}`, { as })).status).toBe(404);
  });

  it('that was kept with a country that there is not is read', async () => {
    const as = somebody();
    const { id } = await added(as);
    await sql`UPDATE users.address SET country = 'XX' WHERE id = ${id}`.execute(scene.database.db);
    expect(await list(as)).toMatchObject([{ id, country: 'XX' }]);
  });

  it('is refused with what is wrong with it, by the form that it means to be', async () => {
    const refused = async (body: object): Promise<unknown> => {
      const answer = await add(somebody(), body);
      expect(answer.status).toBe(400);
      return (answer.body as { errors: { field: string }[] }).errors.map(({ field }) => field);
    };
    expect(await refused({ ...western, lines: [] })).toEqual(['lines']);
    expect(await refused({ ...western, lines: ['1', '2', '3', '4'] })).toEqual(['lines']);
    expect(await refused({ ...western, postcode: '12345' })).toEqual(['postcode']);
    expect(await refused({ ...western, postcode: undefined })).toEqual(['postcode']);
    expect(await refused({ ...western, phone: '020 7946 0958' })).toEqual(['phone']);
    for (const country of ['uk', 'UK', 'XX']) expect(await refused({ ...western, country })).toEqual(['country']);
    expect(await refused({ ...chinese, postcode: '20004' })).toEqual(['postcode']);
    expect(await refused({ ...chinese, country: 'GB' })).toEqual(['country']);
    expect(await refused({ ...chinese, detail: undefined })).toEqual(['detail']);
    expect(await refused({ ...chinese, lines: ['1'] })).toContain('lines');
    expect((await add(somebody(), { ...western, form: 'other' })).status).toBe(400);
  });
});

describe('the default', () => {
  it('is the first, until another is chosen; never more than one', async () => {
    const as = somebody();
    const [a, b] = [await added(as), await added(as, chinese)];
    expect([a.isDefault, b.isDefault]).toEqual([true, false]);
    const seen = await tagOf(as, a.id);
    await put(as, b.id, { ...chinese, isDefault: true });
    expect(await defaults(as)).toEqual([b.id]);
    expect((await put(as, a.id, western, seen)).status).toBe(412);
    const c = await added(as, { ...western, isDefault: true });
    expect(await defaults(as)).toEqual([c.id]);
    await remove(as, c.id);
    // Of a and b the latter was put last.
    expect(await defaults(as)).toEqual([b.id]);
  });

  it('goes, where its address is removed, to the one of the same account that was changed last, and else made last', async () => {
    const [as, other] = [somebody(), somebody()];
    const [a, b, c, d] = [await added(as), await added(as), await added(as), await added(as)];
    await added(other);
    expect((await put(as, b.id, { ...western, city: 'Leeds' })).status).toBe(200);
    await remove(as, c.id);
    expect(await defaults(as)).toEqual([a.id]);
    const seen = await tagOf(as, b.id);
    await remove(as, a.id);
    expect(await defaults(as)).toEqual([b.id]);
    // Who has read it before does not write over that.
    expect((await put(as, b.id, { ...western, isDefault: false }, seen)).status).toBe(412);
    await remove(as, b.id);
    expect(await defaults(as)).toEqual([d.id]);
    await remove(as, d.id);
    expect(await list(as)).toEqual([]);
    expect(await defaults(other)).toHaveLength(1);
  });

  it('is one also where several are chosen at the same time', async () => {
    const as = somebody();
    const answers = await Promise.all(Array.from({ length: 5 }, () => add(as, { ...western, isDefault: true })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 201));
    expect(await defaults(as)).toHaveLength(1);
  });

  it('cannot be two in the database, whoever writes', async () => {
    const as = somebody();
    await added(as);
    await added(as);
    const both = sql`UPDATE users.address SET is_default = true WHERE account_id = ${as.accountId}`.execute(scene.database.db);
    await expect(both).rejects.toMatchObject({ code: '23505' });
  });
});

it('an account has twenty at most, also where they are made at the same time', async () => {
  const as = somebody();
  const answers = await Promise.all(Array.from({ length: MOST_ADDRESSES + 4 }, () => add(as)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(MOST_ADDRESSES);
  expect(answers.filter(({ status }) => status !== 201).map(({ body }) => body)).toEqual(
    Array.from({ length: 4 }, () => expect.objectContaining({ status: 409, code: 'limit_reached' })),
  );
  expect(await list(as)).toHaveLength(MOST_ADDRESSES);
});

it.each(['customer', 'support', 'admin'] as const)('of somebody else there is none, for %s', async (role) => {
  const owner = somebody();
  const { id } = await added(owner);
  const ifMatch = await tagOf(owner, id);
  const as = somebody(role);
  for (const [method, body] of [['GET'], ['PUT', western], ['DELETE']] as const) {
    const answer = await scene.call(method, `${URL}/${id}`, { as, ifMatch, ...(body === undefined ? {} : { body }) });
    expect(answer, method).toMatchObject({ status: 404, body: { code: 'not_found' } });
  }
  expect(await list(as)).toEqual([]);
  expect(await list(owner)).toHaveLength(1);
  expect((await scene.call('GET', URL)).status).toBe(401);
});

describe('users.address_of', () => {
  it('answers orders the address as it is now, and null where it is not of this account', async () => {
    const as = somebody();
    const { id } = await added(as, chinese);
    const orders = await scene.region.open<Record<string, never>>('orders');
    const of = async (account: string, address: string): Promise<unknown> =>
      (await sql<{ postal: unknown }>`SELECT users.address_of(${account}, ${address}) AS postal`.execute(orders.db)).rows[0]?.postal;
    expect(await of(as.accountId, id)).toEqual(chinese);
    await put(as, id, western);
    expect(await of(as.accountId, id)).toEqual({ ...western, region: null });
    expect(await of(somebody().accountId, id)).toBeNull();
    expect(await of(as.accountId, randomUUID())).toBeNull();
    await expect(sql`SELECT 1 FROM users.address`.execute(orders.db)).rejects.toThrow('permission denied');
  });

  it.each(['catalog', 'inventory', 'notification', 'auth', 'sync'])('answers %s nothing', async (role) => {
    const other = await scene.region.open<Record<string, never>>(role);
    const asked = sql`SELECT users.address_of(${randomUUID()}, ${randomUUID()})`.execute(other.db);
    await expect(asked).rejects.toThrow('permission denied');
  });
});

it('a row has the columns of its form and no others, whoever writes', async () => {
  const as = somebody();
  const { id } = await added(as);
  for (const set of [`district = 'x'`, `form = 'chinese'`, `lines = '{}'`, `form = 'other'`]) {
    const writing = sql`UPDATE users.address SET ${sql.raw(set)} WHERE id = ${id}`.execute(scene.database.db);
    await expect(writing, set).rejects.toMatchObject({ code: '23514' });
  }
});
