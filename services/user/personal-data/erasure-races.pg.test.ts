/**
 * Goal: a person is forgotten by all services or by none, and nothing that is written meanwhile stays behind.
 * Method: the service on its real database, with a second holder that the test makes beside it, and makes fail or wait.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { addressWritingExample as western } from '../examples.ts';
import { openScene, somebody, type Scene } from '../testing/scene.ts';
import { KNOWN_ROWS, knownPerson, rowsNaming } from '../testing/known-person.ts';
import { makeOtherHolder, otherHolder } from '../testing/other-holder.ts';
import { erasePerson } from './service.ts';

let scene: Scene;
let owner: pg.Pool;
beforeAll(async () => {
  scene = await openScene({ holders: [otherHolder, 'users'] });
  owner = new pg.Pool({ connectionString: scene.region.urls.url, max: 2 });
  await makeOtherHolder(owner);
});
afterAll(async () => {
  await owner?.end();
  await scene?.close();
});

type Somebody = ReturnType<typeof somebody>;
const erase = (as: Somebody) => scene.call('POST', '/v1/me/erasure', { as });

const known = () => knownPerson(scene, owner);
const rowsOf = (as: Somebody) => rowsNaming(owner, as);
const eventsOf = async ({ accountId }: Somebody) =>
  (await owner.query<{ type: string }>('SELECT type FROM events.outbox WHERE subject = $1', [accountId])).rows;

describe('an erasure', () => {
  it('leaves nothing of what is written at the same time', async () => {
    for (let n = 0; n < 6; n += 1) {
      // Every other time there is no profile yet, which then is made while it is erased.
      const as = n % 2 === 0 ? await known() : somebody();
      const writes = Array.from({ length: 6 }, () => scene.call('POST', '/v1/me/addresses', { as, body: western }));
      const answers = await Promise.all([...writes, erase(as)]);
      expect(answers.filter(({ status }) => ![200, 201, 410].includes(status))).toEqual([]);
      expect(await rowsOf(as)).toBe(0);
    }
  });

  /** While `work` runs, the other holder erases as `body` (PL/pgSQL) says. */
  async function whileOtherErases(body: string, work: () => Promise<void>): Promise<void> {
    await owner.query(`ALTER FUNCTION elsewhere.erase RENAME TO erase_well;
      CREATE FUNCTION elsewhere.erase(account uuid) RETURNS int LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`);
    try {
      await work();
    } finally {
      await owner.query('DROP FUNCTION elsewhere.erase; ALTER FUNCTION elsewhere.erase_well RENAME TO erase');
    }
  }
  const othersLast = (accountId: string) =>
    erasePerson({ db: scene.database.db, region: 'world', holders: ['users', otherHolder] }, accountId);

  it('that one holder refuses forgets nothing, and leaves no receipt', async () => {
    const as = await known();
    await whileOtherErases(`RAISE EXCEPTION 'not now';`, () => expect(othersLast(as.accountId)).rejects.toThrow('not now'));
    expect(await rowsOf(as)).toBe(KNOWN_ROWS);
    expect(await eventsOf(as)).toEqual([]);
    expect((await scene.call('GET', '/v1/me', { as })).status).toBe(200);
  });

  it('that is under way is waited for by who would begin anew', async () => {
    const as = somebody();
    const gate = await owner.connect();
    const waiting = async () => {
      const { rowCount } = await gate.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      return rowCount;
    };
    await whileOtherErases('PERFORM pg_advisory_xact_lock(4711); RETURN 0;', async () => {
      try {
        await gate.query('SELECT pg_advisory_lock(4711)');
        const erasing = othersLast(as.accountId);
        await expect.poll(waiting).toBe(1);
        let answered = false;
        const looking = scene.call('GET', '/v1/me', { as }).finally(() => (answered = true));
        await expect.poll(async () => answered || (await waiting()) === 2).toBe(true);
        await gate.query('SELECT pg_advisory_unlock(4711)');
        await erasing;
        expect((await looking).status).toBe(410);
      } finally {
        // Whatever has failed, nobody waits at it any more.
        gate.release(true);
      }
    });
    expect(await rowsOf(as)).toBe(0);
  });
});
