/**
 * Goal: a person is known in both regions when they ask for it in both, and for as long; what crosses of it is a random number and where it stands.
 * Method: the user services of two regions on databases of their own, between which sync's own functions read and apply.
 */
import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addressWritingExample } from '../examples.ts';
import { somebody } from '../testing/scene.ts';
import {
  agree,
  claim,
  offer,
  openTwoRegions,
  type Side,
  type Somebody,
  stateOf,
  type TwoRegions,
  willing,
} from '../testing/two-regions.ts';

let regions: TwoRegions;
let world: Side;
let china: Side;
beforeAll(async () => {
  regions = await openTwoRegions();
  ({ world, china } = regions);
});
afterAll(() => regions?.close());

/** A person who is linked: offered in the world, taken up in China. */
async function linked(): Promise<{ here: Somebody; there: Somebody }> {
  const [here, there] = [await willing(world), await willing(china)];
  const code = await offer(world, here);
  await regions.ship('world');
  expect(await claim(china, there, code)).toMatchObject({ status: 200, body: { state: 'linked', homeRegion: 'world' } });
  await regions.settle();
  return { here, there };
}
const states = async ({ here, there }: { here: Somebody; there: Somebody }): Promise<unknown[]> => [
  await stateOf(world, here),
  await stateOf(china, there),
];
const tiesOf = async (side: Side, as: Somebody): Promise<string[]> =>
  (
    await side.owner.query<{ id: string }>('SELECT person_id AS id FROM users.linked_account WHERE account_id = $1', [as.accountId])
  ).rows.map(({ id }) => id);
const linkRows = async (side: Side): Promise<unknown[]> =>
  (await side.owner.query('SELECT id, home_region, state, code_hash, code_expires_at, version, origin, parts FROM users.link ORDER BY id'))
    .rows;

describe('a link', () => {
  it('is offered in one region and taken up in the other, and both know', async () => {
    const both = await linked();
    expect(await states(both)).toEqual(['linked', 'linked']);
    expect(await tiesOf(world, both.here)).toEqual(await tiesOf(china, both.there));
    expect(await linkRows(world)).toEqual(await linkRows(china));
    expect(await world.call('POST', '/v1/me/link', { as: both.here })).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    expect(world.published()).toBeGreaterThan(0);
  });

  it.each([
    ['in the region that offered it', 'DELETE', '/v1/me/link', 'world'],
    ['in the other region', 'DELETE', '/v1/me/link', 'china'],
    ['by an erasure', 'POST', '/v1/me/erasure', 'world'],
    ['by an erasure in the other region', 'POST', '/v1/me/erasure', 'china'],
  ] as const)('ends %s, in both, and nobody is tied any more', async (_how, method, url, where) => {
    const both = await linked();
    const [person] = await tiesOf(world, both.here);
    const { status } = await regions[where].call(method, url, { as: where === 'world' ? both.here : both.there });
    expect([200, 204]).toContain(status);
    await regions.settle();
    for (const [side, as] of [
      [world, both.here],
      [china, both.there],
    ] as const) {
      expect(await tiesOf(side, as)).toEqual([]);
      expect(await stateOf(side, as)).toBe('none');
      const { rows } = await side.owner.query('SELECT state, code_hash FROM users.link WHERE id = $1', [person]);
      expect(rows).toEqual([{ state: 'ended', code_hash: null }]);
    }
  });

  it('ends when the consent is taken back, and begins anew under another number', async () => {
    const both = await linked();
    const [before] = await tiesOf(china, both.there);
    await agree(china, both.there, false);
    await regions.settle();
    expect(await states(both)).toEqual(['none', 'none']);
    await agree(china, both.there);
    const code = await offer(china, both.there);
    await regions.ship('china');
    expect((await claim(world, both.here, code)).status).toBe(200);
    await regions.settle();
    expect(await states(both)).toEqual(['linked', 'linked']);
    expect(await tiesOf(china, both.there)).not.toEqual([before]);
  });

  it('that is ended here while it is taken up there has ended', async () => {
    const [here, there] = [await willing(world), await willing(china)];
    const code = await offer(world, here);
    await regions.ship('world');
    await world.call('DELETE', '/v1/me/link', { as: here });
    expect((await claim(china, there, code)).status).toBe(200);
    await regions.settle();
    expect(await states({ here, there })).toEqual(['none', 'none']);
    expect([await tiesOf(world, here), await tiesOf(china, there)]).toEqual([[], []]);
  });

  it.each([
    ['offered', async (side: Side, headers: Readonly<Record<string, string>>) => side.call('POST', '/v1/me/link', { headers })],
    [
      'taken up',
      async (side: Side, headers: Readonly<Record<string, string>>, code: string) =>
        side.call('POST', '/v1/me/link/claim', { headers, body: { code } }),
    ],
  ])(
    'is %s by who has signed in lately: who is in an old session of somebody else’s does not get their account erased by it',
    async (_, tie) => {
      const [victim, thief] = [await willing(china), await willing(world)];
      const code = await offer(world, thief);
      await regions.ship('world');
      const agedBy = async (seconds: number) => ({
        authorization: `Bearer ${await china.tokens.tokenOf('customer', victim.accountId, seconds)}`,
      });
      const stale = await tie(china, await agedBy(660), code);
      expect(stale).toMatchObject({ status: 401, body: { code: 'sign_in_again' } });
      expect(stale.headers['www-authenticate']).toContain('insufficient_user_authentication');
      expect(await tiesOf(china, victim)).toEqual([]);
      expect((await tie(china, await agedBy(540), code)).status).toBe(200);
    },
  );

  it('may be ended where there is none', async () => {
    expect((await world.call('DELETE', '/v1/me/link', { as: somebody() })).status).toBe(204);
    expect((await world.call('DELETE', '/v1/me/link')).status).toBe(401);
  });
});

describe('a code', () => {
  const invalid = { status: 422, body: { code: 'link_code_invalid' } };

  it('is good once, in the other region, when it has arrived', async () => {
    const [here, there, another] = [await willing(world), await willing(china), await willing(china)];
    const code = await offer(world, here);
    expect(await claim(china, there, code)).toMatchObject(invalid);
    expect(await claim(world, await willing(world), code)).toMatchObject(invalid);
    await regions.ship('world');
    const answers = await Promise.all([claim(china, there, code.toLowerCase().replaceAll('-', ' ')), claim(china, another, code)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422]);
    expect(await claim(china, await willing(china), code)).toMatchObject(invalid);
  });

  it('is replaced by the next, and over after fifteen minutes', async () => {
    const [here, there] = [await willing(world), await willing(china)];
    const first = await offer(world, here);
    const second = await offer(world, here);
    expect(await tiesOf(world, here)).toHaveLength(1);
    const { rows } = await world.owner.query<{ ms: number }>(
      `SELECT extract(epoch FROM code_expires_at - clock_timestamp())::float8 AS seconds FROM users.link l
       JOIN users.linked_account a ON a.person_id = l.id WHERE a.account_id = $1`,
      [here.accountId],
    );
    expect(rows).toEqual([{ seconds: expect.closeTo(900, -2) }]);
    await regions.ship('world');
    expect(await claim(china, there, first)).toMatchObject(invalid);
    await sql`UPDATE users.link SET code_expires_at = clock_timestamp() - interval '1 second' WHERE state = 'offered'`.execute(
      world.database.db,
    );
    await regions.ship('world');
    expect(await claim(china, there, second)).toMatchObject(invalid);
  });

  it.each(['', 'x', 'AAAAA-AAAAA-AAAAA-AAAAA', '\u0000'.repeat(20)])('is not %j', async (code) => {
    expect([400, 422]).toContain((await claim(china, await willing(china), code)).status);
  });
});

describe('without a consent of its own', () => {
  it('nothing is offered, and nothing taken up', async () => {
    const [here, there] = [somebody(), somebody()];
    await agree(world, here, true, 'marketing_email');
    expect(await world.call('POST', '/v1/me/link', { as: here })).toMatchObject({ status: 403, body: { code: 'consent_required' } });
    const code = await offer(world, await willing(world));
    await regions.ship('world');
    expect(await claim(china, there, code)).toMatchObject({ status: 403, body: { code: 'consent_required' } });
    expect((await world.call('POST', '/v1/me/link')).status).toBe(401);
  });

  it('nobody is tied, whoever writes; and no link changes its home', async () => {
    const { db } = world.database;
    const as = somebody();
    await world.call('GET', '/v1/me', { as });
    const id = randomUUID();
    await sql`INSERT INTO users.link (id, home_region, state) VALUES (${id}, 'world', 'linked')`.execute(db);
    const tie = sql`INSERT INTO users.linked_account (account_id, person_id) VALUES (${as.accountId}, ${id})`;
    await expect(tie.execute(db)).rejects.toThrow('nobody is linked who has not agreed');
    for (const change of [
      'UPDATE users.link SET home_region = $$china$$',
      'DELETE FROM users.link',
      'UPDATE users.linked_account SET linked_at = now()',
    ]) {
      await expect(sql.raw(change).execute(db), change).rejects.toThrow('permission denied');
    }
    await sql`UPDATE users.link SET state = 'ended' WHERE id = ${id}`.execute(db);
    await expect(sql`UPDATE users.link SET state = 'linked' WHERE id = ${id}`.execute(db)).rejects.toMatchObject({ code: 'SY001' });
  });
});

it('what crosses, and what of it is kept, knows nobody', async () => {
  const [here, there] = [await willing(world), await willing(china)];
  for (const [side, as] of [
    [world, here],
    [china, there],
  ] as const) {
    const { headers } = await side.call('GET', '/v1/me', { as });
    await side.call('PATCH', '/v1/me', { as, ifMatch: String(headers['etag']), body: { name: 'MARK-name' } });
    await side.call('POST', '/v1/me/addresses', {
      as,
      body: { ...addressWritingExample, recipient: 'MARK-recipient', phone: '+449876504321' },
    });
  }
  const code = await offer(world, here);
  await regions.ship('world');
  await claim(china, there, code);
  await regions.settle();
  await world.call('POST', '/v1/me/erasure', { as: here });
  await regions.settle();
  const kept = await Promise.all(
    [world, china].map(async ({ owner }) => {
      const { rows } = await owner.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'sync'`,
      );
      return Promise.all(rows.map(async ({ name }) => JSON.stringify((await owner.query(`SELECT t::text FROM ${name} t`)).rows)));
    }),
  );
  const texts = [regions.crossed(), ...kept.flat()].join('\n');
  expect(texts).toContain('users.link');
  for (const mark of ['MARK', '9876504321', here.accountId, there.accountId, code, code.replaceAll('-', '')])
    expect(texts).not.toContain(mark);
  const names = new Set([...regions.crossed().matchAll(/"([a-z$_]+)" ?:/g)].map(([, name]) => name));
  expect([...names].toSorted()).toEqual(
    ['$alive', '$k', '$o', '$p', '$v', '$w', 'beginning', 'code_expires_at', 'code_hash', 'home_region', 'standing', 'state'].toSorted(),
  );
});
