import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Database } from '#platform/db.ts';
import { Consents, type ConsentTopic } from '#contracts/user.ts';

import { bodyOf, openScene, somebody, type Scene } from '../testing/scene.ts';

let scene: Scene;
let notification: Database<Record<string, never>>;
beforeAll(async () => {
  scene = await openScene();
  notification = await scene.region.open('notification');
});
afterAll(() => scene.close());

type Somebody = ReturnType<typeof somebody>;
const URL = '/v1/me/consents';
const answer = (as: Somebody, topic: ConsentTopic, granted: boolean, wordingVersion = 'v1') =>
  scene.call('PUT', URL, { as, body: { items: [{ topic, granted, wordingVersion }] } });
const read = async (as: Somebody): Promise<Consents> => bodyOf(Consents, await scene.call('GET', URL, { as }));

describe('consents', () => {
  it('are none until somebody agrees, and none again when they take it back; every answer is kept', async () => {
    const as = somebody();
    expect(await read(as)).toEqual({ items: [], history: [] });
    await answer(as, 'marketing_email', true);
    await answer(as, 'marketing_sms', true, 'v2');
    const taken = await answer(as, 'marketing_email', false);
    expect(taken.body).toEqual(await read(as));
    const { items, history } = await read(as);
    expect(items).toMatchObject([
      { topic: 'marketing_email', granted: false, wordingVersion: 'v1' },
      { topic: 'marketing_sms', granted: true, wordingVersion: 'v2' },
    ]);
    expect(history.map(({ topic, granted }) => [topic, granted])).toEqual([
      ['marketing_email', false],
      ['marketing_sms', true],
      ['marketing_email', true],
    ]);
  });

  it('are answered again only by another answer, or to another wording', async () => {
    const as = somebody();
    for (const wording of ['v1', 'v1', 'v2']) await answer(as, 'cross_border', true, wording);
    expect((await read(as)).history).toHaveLength(2);
    await Promise.all(Array.from({ length: 5 }, () => answer(as, 'cross_border', false)));
    expect((await read(as)).history).toHaveLength(3);
  });

  it.each([
    ['a topic that is not asked for', { items: [{ topic: 'profiling', granted: true, wordingVersion: 'v1' }] }],
    ['no wording', { items: [{ topic: 'marketing_sms', granted: true }] }],
    ['a time of its own', { items: [{ topic: 'marketing_sms', granted: true, wordingVersion: 'v1', at: '2020-01-01T00:00:00Z' }] }],
    [
      'a topic twice',
      {
        items: [
          { topic: 'marketing_sms', granted: true, wordingVersion: 'v1' },
          { topic: 'marketing_sms', granted: false, wordingVersion: 'v1' },
        ],
      },
    ],
    ['nothing', { items: [] }],
  ])('refuse %s', async (_what, body) => {
    expect((await scene.call('PUT', URL, { as: somebody(), body })).status).toBe(400);
  });

  it('are those of the caller', async () => {
    const as = somebody();
    await answer(as, 'marketing_email', true);
    expect((await read(somebody('admin'))).items).toEqual([]);
    expect((await scene.call('GET', URL)).status).toBe(401);
  });

  it('are only added to, also by the service itself', async () => {
    await answer(somebody(), 'marketing_email', true);
    for (const change of ['UPDATE users.consent SET granted = true', 'DELETE FROM users.consent', 'DELETE FROM users.profile']) {
      await expect(sql.raw(change).execute(scene.database.db), change).rejects.toThrow('permission denied');
    }
  });
});

describe('what notification is told', () => {
  const topics = ['marketing_email', 'marketing_sms', 'cross_border'] as const;
  const mayContact = async (as: Somebody, topic: string): Promise<boolean | undefined> => {
    return (await sql<{ may: boolean }>`SELECT users.may_contact(${as.accountId}, ${topic}) AS may`.execute(notification.db)).rows[0]?.may;
  };

  it('is the last answer to each topic of marketing, whatever was answered before', async () => {
    const answers = fc.array(fc.tuple(fc.constantFrom(...topics), fc.boolean()), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(answers, async (given) => {
        const as = somebody();
        for (const [topic, granted] of given) await answer(as, topic, granted);
        for (const topic of topics) {
          const last = given.findLast(([of]) => of === topic)?.[1] ?? false;
          expect(await mayContact(as, topic)).toBe(last && topic !== 'cross_border');
        }
      }),
      { numRuns: 15 },
    );
    expect(await mayContact(somebody(), 'marketing_email')).toBe(false);
    expect(await mayContact(somebody(), 'whatever')).toBe(false);
  });

  it('is name and language; of whom nobody knows, nothing', async () => {
    const as = somebody();
    const { headers } = await scene.call('GET', '/v1/me', { as });
    await scene.call('PATCH', '/v1/me', { as, ifMatch: String(headers['etag']), body: { name: '王小明', language: 'zh' } });
    const of = async (account: string) => (await sql`SELECT * FROM users.contact_of(${account})`.execute(notification.db)).rows;
    expect(await of(as.accountId)).toEqual([{ language: 'zh', name: '王小明' }]);
    expect(await of(randomUUID())).toEqual([]);
    await expect(sql`SELECT 1 FROM users.profile`.execute(notification.db)).rejects.toThrow('permission denied');
  });
});
