import type pg from 'pg';

/** A fault that is a setting in the server's catalog: it outlives every session, and a restart. */
export interface CatalogFault {
  /** Sessions that are there already go on as they were: end them. */
  apply(client: pg.Client, database: string, roles: readonly string[]): Promise<void>;
  withdraw(client: pg.Client, database: string, roles: readonly string[]): Promise<void>;
}

const readOnly: CatalogFault = {
  apply: (client, database, roles) =>
    alterRoles(client, roles, `IN DATABASE ${client.escapeIdentifier(database)} SET default_transaction_read_only = on`),
  withdraw: (client, database, roles) =>
    alterRoles(client, roles, `IN DATABASE ${client.escapeIdentifier(database)} RESET default_transaction_read_only`),
};

/**
 * No role of the services gets a connection: 53300, `too many connections for role`. The code is that of a server whose slots are all taken, but no slot is,
 * so that whoever looks into the database still can.
 */
const exhaust: CatalogFault = {
  apply: (client, _database, roles) => alterRoles(client, roles, 'CONNECTION LIMIT 0'),
  withdraw: (client, _database, roles) => alterRoles(client, roles, 'CONNECTION LIMIT -1'),
};

export const catalogFaults = { 'read-only': readOnly, exhaust } as const;

/** Takes every fault out of the catalog that one of these put there. May be repeated. */
export async function withdrawCatalogFaults(client: pg.Client, database: string, roles: readonly string[]): Promise<void> {
  for (const fault of Object.values(catalogFaults)) await fault.withdraw(client, database, roles);
}

/** Ends the roles' sessions in a database and waits until they are gone, for five seconds at most each. */
export async function endSessions(client: pg.Client, database: string, roles: readonly string[]): Promise<void> {
  const mostMs = 5_000;
  await client.query('SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity WHERE datname = $1 AND usename = ANY($2)', [
    database,
    roles,
    mostMs,
  ]);
}

async function alterRoles(client: pg.Client, roles: readonly string[], change: string): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const role of roles) await client.query(`ALTER ROLE ${client.escapeIdentifier(role)} ${change}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
