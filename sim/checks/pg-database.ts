import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { inject } from 'vitest';
import { perRole, withClient, withDatabase, withRole, type Role, type RolePasswords } from '#sim/postgres/provision.ts';

/** The database that every other one is cloned from: the roles' rights and extensions, no schema. */
export const emptyTemplate = 'template_empty';

/** The same in every test run: the server lives only as long as the run. */
export const testPasswords: RolePasswords = perRole((role) => `${role}-test`);

export interface DatabaseUrls {
  /** The superuser's. */
  readonly url: string;
  readonly roles: Readonly<Record<Role, string>>;
}

export interface TestDatabase extends DatabaseUrls {
  readonly name: string;
  /** Removes the database; connections that are still open are cut. */
  drop(): Promise<void>;
}

/** A database made once a run, which tests clone (a clone takes tens of milliseconds, migrations do not). */
export interface DatabaseTemplate {
  /** Lower case letters, digits and _: the same name is the same template, in whatever file it is asked for. */
  readonly name: string;
  /** Fills the empty database, for example by running the migrations as role migrator; must close its connections. */
  readonly build: (urls: DatabaseUrls) => Promise<void>;
}

/**
 * Makes a database of the test's own on the run's server: a clone of the template, which is built by whoever asks
 * for it first, or else an empty one with the services' roles.
 */
export async function createTestDatabase(options: { readonly template?: DatabaseTemplate } = {}): Promise<TestDatabase> {
  const serverUrl = inject('pgUrl');
  const source = options.template === undefined ? emptyTemplate : await ensureTemplate(serverUrl, options.template);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name} OWNER migrator TEMPLATE ${source}`));
  const drop = async (): Promise<void> => {
    await withClient(serverUrl, async (client) => {
      await untilUnused(client, name);
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  };
  return { name, ...urlsOf(serverUrl, name), drop };
}

const LEAVE_WITHIN_MS = 5_000;

/**
 * Waits until nobody is connected to `name`, or five seconds. A pool's end() resolves while its connections still say goodbye; one that the
 * server cuts in that moment raises an error that nobody listens for any more.
 */
async function untilUnused(client: Client, name: string): Promise<void> {
  const start = Date.now();
  for (;;) {
    const { rowCount } = await client.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1', [name]);
    if (rowCount === 0 || Date.now() - start > LEAVE_WITHIN_MS) return;
  }
}

async function ensureTemplate(serverUrl: string, template: DatabaseTemplate): Promise<string> {
  const name = `template_${template.name}`;
  await withClient(serverUrl, async (client) => {
    // The lock is the session's: test files run in processes of their own, and the first one builds.
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount !== 0) return;
    const building = `${name}_building`;
    await client.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${building} OWNER migrator TEMPLATE ${emptyTemplate}`);
    await template.build(urlsOf(serverUrl, building));
    await client.query(`ALTER DATABASE ${building} RENAME TO ${name}`);
  });
  return name;
}

function urlsOf(serverUrl: string, name: string): DatabaseUrls {
  const url = withDatabase(serverUrl, name);
  return {
    url,
    roles: perRole((role) => withRole(url, role, testPasswords[role])),
  };
}
