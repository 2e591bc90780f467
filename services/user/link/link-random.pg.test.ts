/**
 * Goal: whatever two people do in two regions, in whatever order it crosses, both regions end up with the same links; who is linked is so in both, and who is
 * not is tied in neither. They agree on who asked for a copy, too; a region tells of what the other one was asked for alone, and once.
 * Method: random histories of offers, claims, ends, consents taken back, copies asked for and shipments; then all is shipped, and the databases are compared. Planted once each:
 * nobody is told, and who is asked here is told here.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

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
beforeAll(async () => {
  regions = await openTwoRegions();
});
afterAll(() => regions?.close());

const region = fc.constantFrom('world', 'china');
const step = fc.record({
  what: fc.constantFrom('offer', 'offer', 'claim', 'claim', 'claim', 'end', 'take back', 'ask', 'ask', 'ship', 'ship', 'ship'),
  where: region,
  who: fc.constantFrom(0, 1),
});
type Step = typeof step extends fc.Arbitrary<infer Of> ? Of : never;

/** The first two are linked, in every other history: left to chance they seldom are. */
const linking: readonly Step[] = [
  { what: 'offer', where: 'world', who: 0 },
  { what: 'ship', where: 'world', who: 0 },
  { what: 'claim', where: 'china', who: 0 },
];

const linkRows = async (side: Side): Promise<unknown[]> =>
  (
    await side.owner.query(
      'SELECT id, home_region, state, code_hash, code_expires_at, version, origin, vector, parts FROM users.link ORDER BY id',
    )
  ).rows;
const askedRows = async (side: Side): Promise<{ person_id: string; region: string }[]> =>
  (await side.owner.query('SELECT person_id, region, asked_at, version, origin, vector, parts FROM users.copy_request ORDER BY id')).rows;
const toldIn = async (side: Side): Promise<string[]> => {
  const told = `SELECT subject FROM events.outbox WHERE type = 'madeinworld.export.asked.v1'`;
  return (await side.owner.query<{ subject: string }>(told)).rows.map(({ subject }) => subject);
};
const ties = async (side: Side): Promise<Map<string, string>> => {
  const { rows } = await side.owner.query<{ person_id: string; state: string }>(
    'SELECT a.person_id, l.state FROM users.linked_account a JOIN users.link l ON l.id = a.person_id',
  );
  return new Map(rows.map(({ person_id, state }) => [person_id, state]));
};

it('both regions agree on every link, and a link holds in both or in none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 6, maxLength: 16 }), async (areLinked, later) => {
      const history = areLinked ? [...linking, ...later] : later;
      const codes: Record<Step['where'], string> = { world: 'none', china: 'none' };
      const peopleOf = async (side: Side): Promise<Somebody[]> => [await willing(side), await willing(side)];
      const people = { world: await peopleOf(regions.world), china: await peopleOf(regions.china) };
      for (const { what, where, who } of history) {
        const side = regions[where];
        const as = people[where][who]!;
        if (what === 'ship') await regions.ship(where);
        // Who is linked can offer nothing: the code stays what it was.
        if (what === 'offer' && (await stateOf(side, as)) !== 'linked') codes[where] = await offer(side, as);
        if (what === 'claim') await claim(side, as, codes[where === 'world' ? 'china' : 'world']);
        if (what === 'ask') await side.call('POST', '/v1/me/exports?regions=both', { as });
        if (what === 'end') await side.call('DELETE', '/v1/me/link', { as });
        if (what === 'take back') {
          await agree(side, as, false);
          await agree(side, as);
        }
      }
      await regions.settle();
      expect(await linkRows(regions.world)).toEqual(await linkRows(regions.china));
      const asked = await askedRows(regions.world);
      expect(await askedRows(regions.china)).toEqual(asked);
      for (const [side, other] of [
        [regions.world, 'china'],
        [regions.china, 'world'],
      ] as const) {
        const told = await toldIn(side);
        expect(new Set(told).size).toBe(told.length);
        const askedThere = asked.filter(({ region: where }) => where === other).map(({ person_id }) => person_id);
        expect(askedThere).toEqual(expect.arrayContaining(told));
        // Whose link still holds has been told of what was asked.
        for (const [person, state] of await ties(side))
          if (state === 'linked' && askedThere.includes(person)) expect(told).toContain(person);
      }
      const [here, there] = [await ties(regions.world), await ties(regions.china)];
      expect([...here.values(), ...there.values()]).not.toContain('ended');
      const linkedIn = (of: Map<string, string>): string[] => [...of].filter(([, state]) => state === 'linked').map(([id]) => id);
      expect(linkedIn(here).toSorted()).toEqual(linkedIn(there).toSorted());
      // An offer ties the account that made it, and nobody in the other region.
      expect([...here].filter(([id, state]) => state === 'offered' && there.has(id))).toEqual([]);
    }),
    { numRuns: 12 },
  );
}, 120_000);
