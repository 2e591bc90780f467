import pg from 'pg';
import { domainServices } from '../topology/regions.ts';
import { withdrawCatalogFaults } from './catalog-faults.ts';

export const databaseName = 'madeinworld';

/** The roles that have a schema of the same name. */
const schemaRoles = [...domainServices.map(({ role }) => role), 'sync'] as const;
export const schemas: readonly string[] = schemaRoles;

/** The roles of the services. `migrator` owns the database; the others get their rights from migrations. */
export const serviceRoles = ['migrator', ...schemaRoles] as const;
export type ServiceRole = (typeof serviceRoles)[number];

/** Reads everything and writes nothing: for checkers, prompts and consoles. */
export const inspectorRole = 'inspector';
export type Role = ServiceRole | typeof inspectorRole;
export const roles: readonly Role[] = [...serviceRoles, inspectorRole];

export type RolePasswords = Readonly<Record<Role, string>>;

/** What `of` says for each role. */
export function perRole<Value>(of: (role: Role) => Value): Readonly<Record<Role, Value>> {
  const made: Partial<Record<Role, Value>> = {};
  for (const role of roles) made[role] = of(role);
  if (!isComplete(made)) throw new Error('a role is missing');
  return made;
}

function isComplete<Value>(made: Partial<Record<Role, Value>>): made is Record<Role, Value> {
  return roles.every((role) => role in made);
}

/** Makes the login roles, or gives those that are there the passwords named. */
export async function provisionRoles(client: pg.Client, passwords: RolePasswords): Promise<void> {
  const found = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles');
  const present = new Set(found.rows.map((row) => row.rolname));
  for (const role of roles) {
    if (!present.has(role)) await client.query(`CREATE ROLE ${client.escapeIdentifier(role)} LOGIN`);
    await setPassword(client, role, passwords[role]);
  }
  await client.query(`GRANT pg_read_all_data TO ${inspectorRole}`);
}

/** Gives a role another password; its sessions go on. */
export async function setPassword(client: pg.Client, role: Role, password: string): Promise<void> {
  await client.query(`ALTER ROLE ${client.escapeIdentifier(role)} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
}

/** Makes an empty database of the migrator's, with the extensions that only a superuser may install, unless it is there. */
export async function provisionDatabase(superuserUrl: string, client: pg.Client, name: string): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER migrator`);
  await withClient(withDatabase(superuserUrl, name), (inside) => inside.query('CREATE EXTENSION IF NOT EXISTS pg_trgm'));
}

/** Makes a server ready for the services: roles, the database, extensions; no fault of an earlier run is left in it. May be repeated. */
export async function provision(superuserUrl: string, passwords: RolePasswords): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await provisionRoles(client, passwords);
    await provisionDatabase(superuserUrl, client, databaseName);
    await withdrawCatalogFaults(client, databaseName, serviceRoles);
  });
}

/** Runs `work` with one connection, which is closed whatever happens. */
export async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'sim' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server's URL for another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** The same database's URL for another role. */
export function withRole(url: string, role: string, password: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(role);
  changed.password = encodeURIComponent(password);
  return changed.href;
}
