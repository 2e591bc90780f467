import type pg from 'pg';
import { provisionRoles, schemas, withClient, type RolePasswords } from '../postgres/provision.ts';

/**
 * Makes the user's own database ready for the services: the roles with the twin's passwords, the right to make schemas, the extension that search needs. The
 * user of the URL must be allowed to make roles (a superuser, the owner of a branch at Neon, a master user at RDS). May be repeated. Answers the server's
 * version. Throws Error that says what it lacks.
 */
export async function provisionAttached(secretUrl: string, passwords: RolePasswords): Promise<string> {
  return withClient(secretUrl, async (client) => {
    const { rows } = await client.query<{ version: string; major: number; database: string }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major, current_database() AS database`,
    );
    const [{ version, major, database } = { version: '', major: 0, database: '' }] = rows;
    if (major < 15) throw new Error(`the attached server is PostgreSQL ${version}; 15 or newer is needed, and 17 is what is tested`);
    await refuseForeign(client);
    await provisionRoles(client, passwords).catch((cause: Error & { code?: string }) => {
      if (cause.code !== '42501') throw cause;
      throw new Error(
        `its user may not make the roles of the services (${cause.message}): it needs CREATEROLE, and pg_read_all_data WITH ADMIN OPTION`,
        { cause },
      );
    });
    await client.query(`GRANT CREATE, CONNECT ON DATABASE ${client.escapeIdentifier(database)} TO migrator`);
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    return version;
  });
}

/** A database with other things of the same names is somebody's: nothing in it is touched. */
async function refuseForeign(client: pg.Client): Promise<void> {
  const found = await client.query<{ nspname: string }>(
    `SELECT nspname FROM pg_namespace WHERE nspname = ANY ($1) AND pg_get_userbyid(nspowner) <> 'migrator'`,
    [schemas],
  );
  const names = found.rows.map((row) => row.nspname);
  if (names.length > 0) throw new Error(`the attached database has schemas of its own called ${names.join(', ')}: attach an empty one`);
}
