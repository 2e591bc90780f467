import { randomBytes } from 'node:crypto';
import { setPassword, withClient, type ServiceRole } from '../postgres/provision.ts';
import { superuserUrl } from '../postgres/superuser.ts';
import { DatabaseLogin, databaseSecret } from '../supervisor/secrets.ts';
import type { Region } from '../topology/regions.ts';
import { Value } from 'typebox/value';
import { secretStore, type Stores } from './store.ts';

/**
 * Gives a role another password, in the database first: a role has one at a time, so whoever connects with the old one meanwhile is refused (28P01), reads the
 * secret again and finds the new one. Connections that are open stay open.
 */
export async function rotateDatabaseLogin(stores: Stores, region: Region, role: ServiceRole): Promise<string> {
  const store = secretStore(stores, region);
  const name = databaseSecret(role);
  const { password: old } = loginIn(store.read(name));
  const password = randomBytes(24).toString('base64url');
  await withClient(await superuserUrl(stores.paths, stores.state, region), async (client) => {
    await setPassword(client, role, password);
    try {
      await store.change(name, (value) => JSON.stringify({ ...loginIn(value), password }));
    } catch (error) {
      await setPassword(client, role, old);
      throw error;
    }
  });
  return 'a new password';
}

function loginIn(value: string) {
  return Value.Parse(DatabaseLogin, JSON.parse(value));
}
