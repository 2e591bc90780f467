/**
 * Goal: who is linked asks once for a copy from both regions, and hears of the other one's there; no more of it crosses than that it was asked for, however it comes,
 * and nobody is told who is not linked, or more than once a day.
 * Method: the user services of two regions on databases of their own, between which sync's own functions read and apply. Planted once each: one row
 * for both regions to write; a trigger that tells of what is asked here, of what comes back, and every time; an ask that forgets the day, or that the link has to hold; an
 * answer that is not published.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { peerOf, type Region } from '#contracts/regions.ts';
import { PersonalDataExport } from '#contracts/user.ts';
import { applyItems, takeItems } from '#sync/testing/regions.ts';

import { addressWritingExample } from '../examples.ts';
import { bodyOf, somebody } from '../testing/scene.ts';
import {
  agree,
  claim,
  linkedIn,
  offer,
  openTwoRegions,
  type Side,
  type Somebody,
  type TwoRegions,
  willing,
} from '../testing/two-regions.ts';

let regions: TwoRegions;
beforeAll(async () => {
  regions = await openTwoRegions();
});
afterAll(() => regions?.close());

/** One person: an account in each region, and the number of the link between them. */
interface Both {
  readonly person: string;
  readonly in: Readonly<Record<Region, Somebody>>;
}
async function linked(): Promise<Both> {
  const both = await linkedIn(regions);
  const { rows } = await regions.world.owner.query<{ person: string }>(
    'SELECT person_id AS person FROM users.linked_account WHERE account_id = $1',
    [both.world.accountId],
  );
  return { person: rows[0]?.person ?? '', in: both };
}

const ask = async (side: Side, as: Somebody, query = '?regions=both') =>
  bodyOf(PersonalDataExport, await side.call('POST', `/v1/me/exports${query}`, { as }));
/** How often somebody was to be told, by the number of their link. */
const toldIn = async ({ owner }: Side, person: string): Promise<number> =>
  (await owner.query(`SELECT FROM events.outbox WHERE type = 'madeinworld.export.asked.v1' AND subject = $1`, [person])).rowCount ?? 0;
const askedOf = async ({ owner }: Side, person: string): Promise<unknown[]> =>
  (await owner.query('SELECT * FROM users.copy_request WHERE person_id = $1 ORDER BY id', [person])).rows;
/** Lets a day go by since somebody asked in a region, and since they were told in one. */
const askedADayAgo = async (region: Region, { person }: Both) =>
  regions[region].owner.query(`UPDATE users.copy_request SET asked_at = asked_at - interval '1 day' WHERE id = $1`, [
    `${region}/${person}`,
  ]);
const toldADayAgo = async ({ owner }: Side, { person }: Both) =>
  owner.query(`UPDATE users.linked_account SET copy_told_at = copy_told_at - interval '1 day' WHERE person_id = $1`, [person]);

describe('a copy of both regions', () => {
  it.each(['world', 'china'] as const)(
    'that is asked for in %s is answered there, and waits in the other for who is told of it',
    async (region) => {
      const both = await linked();
      const [own, other] = [regions[region], regions[peerOf(region)]];
      const [me, twin] = [both.in[region], both.in[peerOf(region)]];
      const before = [regions.crossed().length, own.published()] as const;
      const copy = await ask(own, me);
      expect(copy).toMatchObject({ region, alsoIn: peerOf(region), otherAskedAt: expect.any(String) });
      expect(copy.services['users']).toMatchObject({ addresses: [{ recipient: addressWritingExample.recipient }] });
      expect(own.published()).toBe(before[1] + 1);
      // The border is cut so far: nobody is told, here or there.
      expect([await toldIn(own, both.person), await toldIn(other, both.person)]).toEqual([0, 0]);
      await regions.settle();
      expect([await toldIn(own, both.person), await toldIn(other, both.person)]).toEqual([0, 1]);
      expect(await askedOf(own, both.person)).toEqual(await askedOf(other, both.person));
      const crossed = regions.crossed().slice(before[0]);
      expect(crossed).toContain('users.copy_request');
      for (const told of [me.accountId, twin.accountId, addressWritingExample.recipient, 'consent']) expect(crossed).not.toContain(told);
      // What it says of its number is when, and nothing else.
      const item: object = JSON.parse(crossed.split('\n').find((line) => line.startsWith('{')) ?? '');
      expect(
        Object.keys(item)
          .filter((name) => !name.startsWith('$'))
          .toSorted(),
      ).toEqual(['asked_at', 'person_id', 'region']);
      // They fetch it there, as ever.
      const fetched = await ask(other, twin, '');
      expect(fetched).toMatchObject({ accountId: twin.accountId, region: peerOf(region), alsoIn: region, otherAskedAt: null });
      expect(fetched.services['users']).toMatchObject({ link: { copyToldAt: expect.any(String) } });
    },
  );

  it('may be asked for in both at once', async () => {
    const both = await linked();
    await Promise.all((['world', 'china'] as const).map((region) => ask(regions[region], both.in[region])));
    await regions.settle();
    const asked = await askedOf(regions.world, both.person);
    expect(asked).toMatchObject([{ region: 'china' }, { region: 'world' }]);
    expect(await askedOf(regions.china, both.person)).toEqual(asked);
    expect([await toldIn(regions.world, both.person), await toldIn(regions.china, both.person)]).toEqual([1, 1]);
  });

  it('tells who took up an offer, though that has not crossed back', async () => {
    const { world, china } = regions;
    const [here, there] = [await willing(world), await willing(china)];
    const code = await offer(world, here);
    await regions.ship('world');
    await claim(china, there, code);
    expect((await ask(china, there)).otherAskedAt).not.toBeNull();
    const items = await takeItems(china);
    await applyItems(world, 'users.copy_request', items.get('users.copy_request') ?? []);
    await applyItems(world, 'users.link', items.get('users.link') ?? []);
    const { rows } = await world.owner.query<{ person: string }>(
      'SELECT person_id AS person FROM users.linked_account WHERE account_id = $1',
      [here.accountId],
    );
    expect(await toldIn(world, rows[0]?.person ?? '')).toBe(1);
  });
});

describe('once a day', () => {
  it.each([
    ['11 hours', 1],
    ['13 hours', 2],
  ])(
    'they are told of a request that comes %s after they were told of another, %i in all: the way may take its time',
    async (ago, told) => {
      const { world, china } = regions;
      const both = await linked();
      await ask(world, both.in.world);
      await regions.settle();
      await china.owner.query(`UPDATE users.linked_account SET copy_told_at = copy_told_at - $2::interval WHERE person_id = $1`, [
        both.person,
        ago,
      ]);
      await askedADayAgo('world', both);
      await ask(world, both.in.world);
      await regions.settle();
      expect(await toldIn(china, both.person)).toBe(told);
    },
  );

  it('it crosses, and the answer stays the same; after that again', async () => {
    const { world, china } = regions;
    const both = await linked();
    const as = both.in.world;
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(world, as)));
    const [first] = answers;
    for (const { otherAskedAt } of answers) expect(otherAskedAt).toBe(first?.otherAskedAt);
    await regions.settle();
    expect((await ask(world, as)).otherAskedAt).toBe(first?.otherAskedAt);
    expect([...(await takeItems(world)).keys()]).toEqual([]);
    await askedADayAgo('world', both);
    await regions.settle();
    await toldADayAgo(china, both);
    const told = await toldIn(china, both.person);
    const again = await ask(world, as);
    expect(again.otherAskedAt).not.toBe(first?.otherAskedAt);
    await regions.settle();
    expect([told, await toldIn(china, both.person)]).toEqual([1, 2]);
  });

  it('they are told, whatever comes: twice, late, out of order, or from a region that keeps no day', async () => {
    const { world, china } = regions;
    const both = await linked();
    const items: string[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      await ask(world, both.in.world);
      items.push(...((await takeItems(world)).get('users.copy_request') ?? []));
      await askedADayAgo('world', both);
      items.push(...((await takeItems(world)).get('users.copy_request') ?? []));
    }
    expect(items).toHaveLength(6);
    for (const item of [...items.slice(3), ...items, ...items.toReversed()]) await applyItems(china, 'users.copy_request', [item]);
    expect(await toldIn(china, both.person)).toBe(1);
    expect(await askedOf(china, both.person)).toEqual(await askedOf(world, both.person));
    // The day over, what has come before tells nobody again.
    await toldADayAgo(china, both);
    await applyItems(china, 'users.copy_request', items);
    expect(await toldIn(china, both.person)).toBe(1);
  });
});

describe('nobody is asked for, and nobody told,', () => {
  const nothingOf = async (side: Side, as: Somebody): Promise<void> => {
    const before = regions.crossed().length;
    expect(await ask(side, as)).toMatchObject({ alsoIn: null, otherAskedAt: null });
    await regions.settle();
    expect(regions.crossed().slice(before)).not.toContain('users.copy_request');
  };

  it('of who is not linked, or only offers it', async () => {
    await nothingOf(regions.world, somebody());
    const offering = await willing(regions.world);
    await offer(regions.world, offering);
    await nothingOf(regions.world, offering);
  });

  it.each(['ended', 'consent', 'erased'])('whose link is over in both: %s', async (how) => {
    const both = await linked();
    const { world, china } = regions;
    if (how === 'ended') await world.call('DELETE', '/v1/me/link', { as: both.in.world });
    if (how === 'consent') await agree(world, both.in.world, false);
    if (how === 'erased') await china.call('POST', '/v1/me/erasure', { as: both.in.china });
    await regions.settle();
    await nothingOf(world, both.in.world);
  });

  it.each(['before it comes in', 'by the time they would be told'])('who has ended the link there %s', async (when) => {
    const both = await linked();
    const { world, china } = regions;
    const end = () => china.call('DELETE', '/v1/me/link', { as: both.in.china });
    if (when === 'before it comes in') await end();
    await ask(world, both.in.world);
    await regions.ship('world');
    expect(await toldIn(china, both.person)).toBe(when === 'before it comes in' ? 0 : 1);
    if (when !== 'before it comes in') await end();
    const { rows } = await china.owner.query('SELECT users.account_of($1) AS account', [both.person]);
    expect(rows).toEqual([{ account: null }]);
    await regions.settle();
  });

  it('without asking for both, and by an unknown word', async () => {
    const both = await linked();
    for (const query of ['', '?regions=own']) expect((await ask(regions.world, both.in.world, query)).otherAskedAt).toBeNull();
    expect(await askedOf(regions.world, both.person)).toEqual([]);
    for (const word of ['china', '', 'own&regions=both']) {
      expect((await regions.world.call('POST', `/v1/me/exports?regions=${word}`, { as: both.in.world })).status, word).toBe(400);
    }
  });

  it('who is erased, whose token is left', async () => {
    const as = somebody();
    await regions.world.call('POST', '/v1/me/erasure', { as });
    expect(await regions.world.call('POST', '/v1/me/exports?regions=both', { as })).toMatchObject({ status: 410 });
  });

  it('by what the services of this region write themselves', async () => {
    const both = await linked();
    const { pool } = await regions.world.region.open('users');
    const ofChina = 'INSERT INTO users.copy_request (id, person_id, region, asked_at) VALUES ($1, $2, $3, now())';
    await expect(pool.query(ofChina, [`china/${both.person}`, both.person, 'china'])).rejects.toMatchObject({ code: 'SY002' });
    await ask(regions.world, both.in.world);
    expect(await toldIn(regions.world, both.person)).toBe(0);
  });

  it('of what was asked here, and comes back to a database that has lost it', async () => {
    const { world, china } = regions;
    const both = await linked();
    await ask(world, both.in.world);
    await regions.settle();
    const lost = await world.owner.connect();
    await lost.query(`SET session_replication_role = replica`);
    await lost.query('DELETE FROM users.copy_request WHERE person_id = $1', [both.person]);
    lost.release(true);
    const { rows } = await china.sync.query<{ item: string }>('SELECT item FROM sync.users_copy_request_read($1)', [
      [`world/${both.person}`],
    ]);
    await applyItems(
      world,
      'users.copy_request',
      rows.map(({ item }) => item),
    );
    expect(await askedOf(world, both.person)).toHaveLength(1);
    expect(await toldIn(world, both.person)).toBe(0);
  });

  it('of a number that is nobody’s', async () => {
    const person = randomUUID();
    await regions.world.owner.query(
      `INSERT INTO users.copy_request (id, person_id, region, asked_at) VALUES ('world/' || $1, $1::uuid, 'world', now())`,
      [person],
    );
    await regions.settle();
    expect(await askedOf(regions.china, person)).toHaveLength(1);
    expect(await toldIn(regions.china, person)).toBe(0);
  });
});
