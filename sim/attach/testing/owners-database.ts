import { startPostgresContainer } from '#sim/conformance/drivers/containers.ts';
import type { Run } from '#sim/conformance/drivers/run.ts';
import { withClient, withDatabase, withRole } from '../../postgres/provision.ts';
import { newCredentials } from '../../supervisor/secrets.ts';

/** A database in a container, and its owner, who is no superuser: what one has at a vendor. */
export interface OwnersDatabase {
  /** The owner's, with the password. */
  readonly url: string;
  readonly password: string;
  /** The superuser's, for the tests alone. */
  readonly superuserUrl: string;
}

export async function startOwnersDatabase(run: Run): Promise<OwnersDatabase> {
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const superuser = newCredentials().secretAccessKey;
  // With what must be escaped in a URL: such a password is to be hidden in either form.
  const password = `${newCredentials().secretAccessKey}:/@ ?`;
  const container = await startPostgresContainer(run, superuser);
  const superuserUrl = `postgres://postgres:${superuser}@127.0.0.1:${container.getPort()}/postgres`;
  await withClient(superuserUrl, async (client) => {
    await client.query(`CREATE ROLE owner LOGIN CREATEROLE PASSWORD ${client.escapeLiteral(password)}`);
    await client.query('GRANT pg_read_all_data TO owner WITH ADMIN OPTION');
    await client.query('CREATE DATABASE shop OWNER owner');
  });
  return { url: withRole(withDatabase(superuserUrl, 'shop'), 'owner', password), password, superuserUrl };
}
