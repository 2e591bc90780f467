/**
 * Goal: who is linked and asks for it is forgotten in both regions, once, with a receipt in each, whatever dies meanwhile; and nobody is who did not ask.
 * Method: the user services of two regions on databases of their own, between which sync's own functions read and apply. Planted once each: the trigger that writes
 * down nobody, that writes down whoever's link has only ended, a due erasure that is settled before it is done, and an end that takes what is erased back to ended.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Erasure, PersonalDataExport } from '#contracts/user.ts';

import { silentLog } from '../../testing/region-database.ts';
import { addressWritingExample } from '../examples.ts';
import { bodyOf, openScene, somebody } from '../testing/scene.ts';
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
import { createDueErasures, type DueErasureDeps, eraseDue } from './due.ts';
import { holders } from './holders.ts';

let regions: TwoRegions;
let world: Side;
let china: Side;
let published = 0;
beforeAll(async () => {
  regions = await openTwoRegions();
  ({ world, china } = regions);
});
beforeEach(() => (published = 0));
afterAll(() => regions?.close());

const deps = (side: Side): DueErasureDeps => ({
  db: side.database.db,
  region: side === world ? 'world' : 'china',
  holders,
  publisher: {
    async afterCommit() {
      published += 1;
    },
  },
  log: silentLog,
});

interface Both {
  readonly here: Somebody;
  readonly there: Somebody;
}
async function linked(): Promise<Both> {
  const { world: here, china: there } = await linkedIn(regions);
  return { here, there };
}

const rowsOf = async ({ owner }: Side, { accountId }: Somebody): Promise<number> => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('users', 'orders', 'auth', 'notification')`,
  );
  const counts = await Promise.all(
    rows.map(async ({ name }) => (await owner.query(`SELECT FROM ${name} t WHERE strpos(t::text, $1) > 0`, [accountId])).rowCount ?? 0),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};
const dueIn = async ({ owner }: Side): Promise<string[]> =>
  (await owner.query<{ id: string }>('SELECT account_id AS id FROM users.erasure_due')).rows.map(({ id }) => id);
const receiptsOf = async ({ owner }: Side, { accountId }: Somebody): Promise<unknown[]> =>
  (
    await owner.query(
      `SELECT by_other_region, other_account, staff_id FROM users.erasure WHERE account_digest = sha256(convert_to($1::text, 'UTF8'))`,
      [accountId],
    )
  ).rows;
const eventsOf = async ({ owner }: Side, { accountId }: Somebody): Promise<number> =>
  (await owner.query('SELECT FROM events.outbox WHERE subject = $1', [accountId])).rowCount ?? 0;
const linkStates = async (side: Side): Promise<unknown[]> =>
  (await side.owner.query('SELECT id, state, code_hash, version, origin, parts FROM users.link ORDER BY id')).rows;
const everywhere = async (side: Side, as: Somebody) => bodyOf(Erasure, await side.call('POST', '/v1/me/erasure?regions=both', { as }));

describe('an erasure for both regions', () => {
  it.each(['world', 'china'] as const)('that is asked for in %s reaches the other, with a receipt of its own', async (where) => {
    const both = await linked();
    const [own, other] = where === 'world' ? [world, china] : [china, world];
    const [me, twin] = where === 'world' ? [both.here, both.there] : [both.there, both.here];
    const before = regions.crossed().length;
    expect(await everywhere(own, me)).toMatchObject({ by: 'person', otherAccount: 'erased', erased: { users: 4 } });
    expect(await rowsOf(own, me)).toBe(0);
    expect(await dueIn(own)).toEqual([]);
    await regions.settle();
    expect(await linkStates(world)).toEqual(await linkStates(china));
    expect(await dueIn(other)).toEqual([twin.accountId]);
    expect(await eraseDue(deps(other))).toBe(1);
    expect(published).toBe(1);
    expect(await rowsOf(other, twin)).toBe(0);
    // The event that tells the region's services whom to forget.
    expect(await eventsOf(other, twin)).toBe(1);
    expect(await receiptsOf(other, twin)).toEqual([{ by_other_region: true, other_account: 'erased', staff_id: null }]);
    expect(bodyOf(Erasure, await other.call('POST', '/v1/me/erasure', { as: twin }))).toMatchObject({
      by: 'other_region',
      erased: Object.fromEntries(holders.map((holder) => [holder, expect.any(Number)])),
    });
    expect(await eraseDue(deps(other))).toBe(0);
    await regions.settle();
    expect([await dueIn(world), await dueIn(china)]).toEqual([[], []]);
    for (const { accountId } of [me, twin]) expect(regions.crossed().slice(before)).not.toContain(accountId);
    expect(regions.crossed().slice(before)).not.toContain(addressWritingExample.recipient);
  });

  it('may be asked for by staff', async () => {
    const { here, there } = await linked();
    const url = `/v1/users/${here.accountId}/erasure`;
    const answer = await world.call('POST', url, { as: somebody('admin'), body: { reason: 'asked_support', regions: 'both' } });
    expect(bodyOf(Erasure, answer)).toMatchObject({ by: 'staff', otherAccount: 'erased' });
    await regions.settle();
    await eraseDue(deps(china));
    expect(await receiptsOf(china, there)).toEqual([{ by_other_region: true, other_account: 'erased', staff_id: null }]);
  });

  it('reaches who took up an offer, though that has not crossed back', async () => {
    const [here, there] = [await willing(world), await willing(china)];
    const code = await offer(world, here);
    await regions.ship('world');
    expect((await claim(china, there, code)).status).toBe(200);
    expect(await everywhere(world, here)).toMatchObject({ otherAccount: 'none' });
    await regions.settle();
    expect(await eraseDue(deps(china))).toBe(1);
    expect(await receiptsOf(china, there)).toHaveLength(1);
  });

  it.each(['by taking the consent back', 'by ending it'])('reaches nobody whose link has ended there before, %s', async (how) => {
    const { here, there } = await linked();
    if (how === 'by ending it') await china.call('DELETE', '/v1/me/link', { as: there });
    else await agree(china, there, false);
    await everywhere(world, here);
    await regions.settle();
    expect(await linkStates(world)).toEqual(await linkStates(china));
    expect(await eraseDue(deps(china))).toBe(0);
    expect((await china.call('GET', '/v1/me', { as: there })).status).toBe(200);
  });

  it('that both ask for at once is done in both', async () => {
    const { here, there } = await linked();
    await Promise.all([everywhere(world, here), everywhere(china, there)]);
    await regions.settle();
    expect(await linkStates(world)).toEqual(await linkStates(china));
    await Promise.all([eraseDue(deps(world)), eraseDue(deps(china))]);
    expect([await receiptsOf(world, here), await receiptsOf(china, there)]).toEqual(
      Array.from({ length: 2 }, () => [{ by_other_region: false, other_account: 'erased', staff_id: null }]),
    );
  });
});

it('an erasure that waits while the link comes in as erased is done all the same', async () => {
  const { there } = await linked();
  const applying = await china.owner.connect();
  try {
    await applying.query('BEGIN');
    await applying.query(
      `UPDATE users.link SET state = 'erased' WHERE id = (SELECT person_id FROM users.linked_account WHERE account_id = $1)`,
      [there.accountId],
    );
    const erasing = china.call('POST', '/v1/me/erasure', { as: there });
    const waiting = async (): Promise<number> =>
      (await applying.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).rowCount ?? 0;
    await expect.poll(waiting).toBe(1);
    await applying.query('COMMIT');
    expect(bodyOf(Erasure, await erasing)).toMatchObject({ by: 'person' });
  } finally {
    applying.release(true);
  }
  await eraseDue(deps(china));
  expect(await dueIn(china)).toEqual([]);
  expect(await receiptsOf(china, there)).toHaveLength(1);
});

describe('an erasure that is due', () => {
  async function due(): Promise<Somebody> {
    const { here, there } = await linked();
    await everywhere(world, here);
    await regions.settle();
    return there;
  }

  it('stays due when one service refuses, and keeps no other from its turn', async () => {
    const [refused, other] = [await due(), await due()];
    const held = await rowsOf(china, refused);
    await china.owner.query(`ALTER FUNCTION auth.erase RENAME TO erase_well;
      CREATE FUNCTION auth.erase(account uuid) RETURNS int LANGUAGE plpgsql AS $$
      BEGIN IF account = '${refused.accountId}' THEN RAISE EXCEPTION 'not now'; END IF; RETURN 0; END $$;
      GRANT EXECUTE ON FUNCTION auth.erase TO users`);
    try {
      await expect(eraseDue(deps(china))).rejects.toThrow(AggregateError);
    } finally {
      await china.owner.query('DROP FUNCTION auth.erase; ALTER FUNCTION auth.erase_well RENAME TO erase');
    }
    expect(await dueIn(china)).toEqual([refused.accountId]);
    expect(await rowsOf(china, refused)).toBe(held);
    expect(await receiptsOf(china, refused)).toEqual([]);
    expect(await receiptsOf(china, other)).toHaveLength(1);
    expect(await eraseDue(deps(china))).toBe(1);
    expect(await dueIn(china)).toEqual([]);
  });

  it('survives a process that is killed in the midst of it, and is done once by however many', async () => {
    const there = await due();
    const gate = await china.owner.connect();
    try {
      await gate.query('BEGIN');
      await gate.query('SELECT FROM users.profile WHERE account_id = $1 FOR UPDATE', [there.accountId]);
      const dying = eraseDue(deps(china)).catch(() => 'died');
      const killed = async (): Promise<number> =>
        (
          await gate.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`)
        ).rowCount ?? 0;
      await expect.poll(killed).toBe(1);
      expect(await dying).toBe('died');
    } finally {
      await gate.query('ROLLBACK');
      gate.release(true);
    }
    expect(await dueIn(china)).toEqual([there.accountId]);
    await Promise.all(Array.from({ length: 4 }, () => eraseDue(deps(china))));
    expect(await receiptsOf(china, there)).toHaveLength(1);
    expect(await eventsOf(china, there)).toBe(1);
  });

  it('is done in the background, by a look that a request gives reason to', async () => {
    const there = await due();
    const background = createDueErasures(deps(china), { gapMs: 0 });
    background.nudge();
    await expect.poll(() => dueIn(china)).toEqual([]);
    expect(await receiptsOf(china, there)).toHaveLength(1);
    const next = await due();
    background.nudge();
    await expect.poll(() => receiptsOf(china, next)).toHaveLength(1);
    await background.drain();
    const last = await due();
    background.nudge();
    const byTimer = createDueErasures(deps(china), { gapMs: 0, longestMs: 1 });
    byTimer.nudge();
    await expect.poll(() => receiptsOf(china, last)).toHaveLength(1);
    const later = await due();
    await expect.poll(() => receiptsOf(china, later)).toHaveLength(1);
    await byTimer.drain();
  });
});

it('whoever is served gives the service reason to look for what is due; a probe does not', async () => {
  let nudged = 0;
  const scene = await openScene({ nudge: () => (nudged += 1) });
  try {
    await scene.call('GET', '/livez');
    await scene.call('GET', '/v1/me', { as: somebody() });
    await expect.poll(() => nudged).toBe(1);
  } finally {
    await scene.close();
  }
});

describe('without asking for both', () => {
  it('the other account stays, and the receipt says so, also when it is asked for too late', async () => {
    const { here, there } = await linked();
    const receipt = bodyOf(Erasure, await world.call('POST', '/v1/me/erasure', { as: here }));
    expect(receipt).toMatchObject({ otherAccount: 'stays' });
    expect(await everywhere(world, here)).toEqual(receipt);
    await regions.settle();
    expect(await eraseDue(deps(china))).toBe(0);
    expect((await china.call('GET', '/v1/me', { as: there })).status).toBe(200);
  });

  it('nobody hears of another region who is not linked', async () => {
    expect(await everywhere(world, somebody())).toMatchObject({ otherAccount: 'none' });
    for (const regionsAsked of ['china', '', 'own&regions=both']) {
      const answer = await world.call('POST', `/v1/me/erasure?regions=${regionsAsked}`, { as: somebody() });
      expect(answer.status, regionsAsked).toBe(400);
    }
  });
});

it('an export says which other region has one of its own', async () => {
  const { here, there } = await linked();
  const exported = async (side: Side, as: Somebody) => bodyOf(PersonalDataExport, await side.call('POST', '/v1/me/exports', { as })).alsoIn;
  expect([await exported(world, here), await exported(china, there)]).toEqual(['china', 'world']);
  expect(await exported(world, { role: 'customer', accountId: randomUUID() })).toBeNull();
  const offering = await willing(world);
  await offer(world, offering);
  expect(await exported(world, offering)).toBeNull();
});
