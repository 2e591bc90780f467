import type pg from 'pg';

import { addressWritingExample, chineseAddressWritingExample } from '../examples.ts';
import { somebody, type Scene } from './scene.ts';

/** What there is of a known person in tables that name the account: a profile, two addresses, two answers, and one thing of the other holder. */
export const KNOWN_ROWS = 6;

/** Somebody of whom this service and the other holder hold something. */
export async function knownPerson(scene: Scene, owner: pg.Pool): Promise<ReturnType<typeof somebody>> {
  const as = somebody();
  for (const body of [addressWritingExample, chineseAddressWritingExample]) {
    await scene.call('POST', '/v1/me/addresses', { as, body });
  }
  for (const granted of [true, false]) {
    await scene.call('PUT', '/v1/me/consents', { as, body: { items: [{ topic: 'marketing_sms', granted, wordingVersion: 'v1' }] } });
  }
  await owner.query('INSERT INTO elsewhere.held VALUES ($1, $2)', [as.accountId, 'a thing']);
  return as;
}

/** How many rows of any table of this service and of the other holder name the account. */
export async function rowsNaming(owner: pg.Pool, { accountId }: { readonly accountId: string }): Promise<number> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('users', 'elsewhere')`,
  );
  const counts = await Promise.all(
    rows.map(async ({ name }) => (await owner.query(`SELECT 1 FROM ${name} t WHERE strpos(t::text, $1) > 0`, [accountId])).rowCount ?? 0),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
