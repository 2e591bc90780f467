/**
 * Goal: the release before telephone numbers works on the schema that has them, while both run and after a way back.
 * Method: its statements, as they stood in it, by the role that it has.
 */
import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openScene, type Scene } from '../testing/scene.ts';
import { signIn } from '../testing/sign-in.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const run = (text: string, values: readonly unknown[]) => scene.database.pool.query(text, [...values]);
const asUsers = async (text: string, values: readonly unknown[]) => (await scene.region.open('users')).pool.query(text, [...values]);

describe('the release before', () => {
  it('keeps a challenge, counts attempts at it, and makes its account once', async () => {
    const [id, email] = [randomUUID(), 'before@example.com'];
    const insert = 'INSERT INTO auth.challenge (id, email, code_mac, expires_at) VALUES ($1, $2, $3, now() + make_interval(secs => $4))';
    await run(insert, [id, email, Buffer.alloc(32), 600]);
    const count = `UPDATE auth.challenge SET attempts = attempts + 1
      WHERE id = $1 AND used_at IS NULL AND expires_at > now() AND attempts < $2 RETURNING email, code_mac`;
    expect((await run(count, [id, 5])).rows).toMatchObject([{ email }]);
    for (const accountId of [randomUUID(), randomUUID()]) {
      await run('INSERT INTO auth.account (id, email) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING', [accountId, email]);
    }
    expect((await run('SELECT id FROM auth.account WHERE email = $1', [email])).rows).toHaveLength(1);
    const open = `INSERT INTO auth.account (id, email) SELECT gen_random_uuid(), e FROM unnest($1::text[]) WITH ORDINALITY AS u(e, position)
      ORDER BY position ON CONFLICT (email) DO NOTHING RETURNING id`;
    expect((await run(open, [[email, 'opened@example.com']])).rowCount).toBe(1);
  });

  it('finds the session of somebody who came by number, and exports and forgets them', async () => {
    const { account } = await signIn(scene, '+447700900100');
    const find = `SELECT a.id, a.email, a.role FROM auth.session s JOIN auth.account a ON a.id = s.account_id
      WHERE a.id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL`;
    expect((await run(find, [account.id])).rows).toEqual([{ id: account.id, email: null, role: 'customer' }]);
    expect((await asUsers('SELECT auth.export_of($1) AS held', [account.id])).rows).toMatchObject([{ held: { role: 'customer' } }]);
    expect((await asUsers('SELECT auth.erase($1)', [account.id])).rows).toEqual([{ erase: 2 }]);
  });
});

it('neither an account nor a challenge is without a contact, nor a challenge with two', async () => {
  const refused = { code: '23514' };
  await expect(run('INSERT INTO auth.account (id) VALUES ($1)', [randomUUID()])).rejects.toMatchObject(refused);
  const challenge = 'INSERT INTO auth.challenge (id, email, phone, code_mac, expires_at) VALUES ($1, $2, $3, $4, now())';
  for (const [email, phone] of [
    [null, null],
    ['two@example.com', '+447700900101'],
    [null, '07700900101'],
  ]) {
    await expect(run(challenge, [randomUUID(), email, phone, Buffer.alloc(32)])).rejects.toMatchObject(refused);
  }
});
