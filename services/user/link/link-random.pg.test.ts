/**
 * Goal: whatever two people do in two regions, in whatever order it crosses, both regions end up with the same links; who is linked is so in both, and who is
 * not is tied in neither.
 * Method: random histories of offers, claims, ends, consents taken back and shipments; then all is shipped, and the databases are compared.
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
  what: fc.constantFrom('offer', 'offer', 'claim', 'claim', 'claim', 'end', 'take back', 'ship', 'ship', 'ship'),
  where: region,
  who: fc.constantFrom(0, 1),
});
type Step = typeof step extends fc.Arbitrary<infer Of> ? Of : never;

const linkRows = async (side: Side): Promise<unknown[]> =>
  (
    await side.owner.query(
      'SELECT id, home_region, state, code_hash, code_expires_at, version, origin, vector, parts FROM users.link ORDER BY id',
    )
  ).rows;
const ties = async (side: Side): Promise<Map<string, string>> => {
  const { rows } = await side.owner.query<{ person_id: string; state: string }>(
    'SELECT a.person_id, l.state FROM users.linked_account a JOIN users.link l ON l.id = a.person_id',
  );
  return new Map(rows.map(({ person_id, state }) => [person_id, state]));
};

it('both regions agree on every link, and a link holds in both or in none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 16 }), async (history) => {
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
        if (what === 'end') await side.call('DELETE', '/v1/me/link', { as });
        if (what === 'take back') {
          await agree(side, as, false);
          await agree(side, as);
        }
      }
      await regions.settle();
      expect(await linkRows(regions.world)).toEqual(await linkRows(regions.china));
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
