/**
 * Goal: a person gets all that is held of them, and can have it forgotten; nobody else can, but for administrators who say why.
 * Method: the service on its real database, with a second holder that the test makes beside it.
 */
import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Erasure, PersonalDataExport } from '#contracts/user.ts';

import { addressWritingExample as western, chineseAddressWritingExample as chinese } from '../examples.ts';
import { bodyOf, openScene, somebody, type Scene } from '../testing/scene.ts';
import { KNOWN_ROWS, knownPerson, rowsNaming } from '../testing/known-person.ts';
import { makeOtherHolder, otherHolder } from '../testing/other-holder.ts';

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
const eraseFor = (accountId: string, as: Somebody = somebody('admin')) =>
  scene.call('POST', `/v1/users/${accountId}/erasure`, { as, body: { reason: 'asked_support' } });

const known = () => knownPerson(scene, owner);
const rowsOf = (as: Somebody) => rowsNaming(owner, as);
const eventsOf = async ({ accountId }: Somebody) =>
  (await owner.query<{ type: string }>('SELECT type FROM events.outbox WHERE subject = $1', [accountId])).rows;

describe('an export', () => {
  it('has what every holder holds, in its own words', async () => {
    const as = await known();
    const body = bodyOf(PersonalDataExport, await scene.call('POST', '/v1/me/exports', { as }));
    expect(body).toMatchObject({ accountId: as.accountId, region: 'world' });
    expect(body.services).toMatchObject({
      elsewhere: ['a thing'],
      users: {
        name: null,
        language: 'en',
        addresses: [
          { ...western, isDefault: true },
          { ...chinese, isDefault: false },
        ],
        consents: [
          { topic: 'marketing_sms', granted: true },
          { topic: 'marketing_sms', granted: false },
        ],
      },
    });
  });

  it('is of the caller alone, also for staff', async () => {
    await known();
    const body = bodyOf(PersonalDataExport, await scene.call('POST', '/v1/me/exports', { as: somebody('admin') }));
    expect(body.services).toEqual({ elsewhere: null, users: null });
    expect((await scene.call('POST', '/v1/me/exports')).status).toBe(401);
  });
});

describe('an erasure', () => {
  it('leaves nothing but a receipt that counts, and tells what happened', async () => {
    const as = await known();
    const stranger = await known();
    const before = await rowsOf(stranger);
    expect(await rowsOf(as)).toBe(KNOWN_ROWS);
    const receipt = bodyOf(Erasure, await erase(as));
    expect(receipt).toMatchObject({ by: 'person', reason: null, erased: { elsewhere: 1, users: 5 } });
    expect(await rowsOf(as)).toBe(0);
    expect(await rowsOf(stranger)).toBe(before);
    expect(await eventsOf(as)).toEqual([{ type: 'madeinworld.account.erased.v1' }]);
  });

  it('answers the same receipt again, also to those who ask at the same time', async () => {
    const as = await known();
    const answers = await Promise.all(Array.from({ length: 5 }, () => erase(as)));
    const receipts = new Set(answers.map((answer) => JSON.stringify(bodyOf(Erasure, answer))));
    expect(receipts.size).toBe(1);
    expect((await eraseFor(as.accountId)).body).toEqual(answers[0]?.body);
    expect(await eventsOf(as)).toHaveLength(1);
  });

  it('is not undone by a token that has outlived the account', async () => {
    const as = await known();
    await erase(as);
    const calls = await Promise.all([
      scene.call('GET', '/v1/me', { as }),
      scene.call('PATCH', '/v1/me', { as, ifMatch: '"1"', body: { language: 'zh' } }),
      scene.call('POST', '/v1/me/addresses', { as, body: western }),
      scene.call('PUT', '/v1/me/consents', { as, body: { items: [{ topic: 'marketing_sms', granted: true, wordingVersion: 'v1' }] } }),
      scene.call('POST', '/v1/me/exports', { as }),
    ]);
    expect(calls.map(({ status }) => status)).toEqual(calls.map(() => 410));
    expect(await rowsOf(as)).toBe(0);
  });

  it('asks for a sign-in of the last ten minutes, whatever the age of the token', async () => {
    const as = await known();
    const asked = async (role: 'customer' | 'admin', url: string, seconds: number, body?: object) => {
      const token = await scene.tokens.tokenOf(role, as.accountId, seconds);
      return scene.call('POST', url, { headers: { authorization: `Bearer ${token}` }, ...(body === undefined ? {} : { body }) });
    };
    const stale = await asked('customer', '/v1/me/erasure', 660);
    expect(stale).toMatchObject({ status: 401, body: { code: 'sign_in_again' } });
    expect(stale.headers['www-authenticate']).toContain('insufficient_user_authentication');
    expect((await asked('admin', `/v1/users/${as.accountId}/erasure`, 660, { reason: 'abuse' })).status).toBe(401);
    expect(await rowsOf(as)).toBe(KNOWN_ROWS);
    expect((await asked('customer', '/v1/me/erasure', 540)).status).toBe(200);
  });
});

describe('staff', () => {
  it('erase for a person, and say why in words of ours', async () => {
    const { accountId } = await known();
    const admin = somebody('admin');
    const url = `/v1/users/${accountId}/erasure`;
    for (const body of [{}, { reason: 'Ada asked me to' }, { reason: 'abuse', note: 'Ada' }]) {
      expect((await scene.call('POST', url, { as: admin, body })).status).toBe(400);
    }
    expect(await eraseFor(accountId, admin)).toMatchObject({ status: 200, body: { by: 'staff', reason: 'asked_support' } });
    const { rows } = await owner.query('SELECT staff_id FROM users.erasure WHERE staff_id IS NOT NULL AND staff_id = $1', [
      admin.accountId,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('erase nobody of whom nothing is held', async () => {
    expect((await eraseFor(randomUUID())).status).toBe(404);
  });

  it.each(['customer', 'support', 'catalogue', 'warehouse', 'operator'] as const)('are not who is %s', async (role) => {
    const { accountId } = await known();
    expect((await eraseFor(accountId, somebody(role))).status).toBe(403);
    expect((await scene.call('POST', `/v1/users/${accountId}/erasure`, { body: { reason: 'abuse' } })).status).toBe(401);
  });
});
