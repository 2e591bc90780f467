import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { Type } from 'typebox';

import { codeOf, messageOf } from './errors.ts';
import type { Logger } from './log.ts';
import type { Secrets } from './secrets/index.ts';

/** int8 and every time stay text: a JavaScript number loses versions past 2^53, a Date loses microseconds. */
const textual = new Set([20, 1082, 1114, 1184]);
const asText = (value: string): string => value;

const MOST_IDLE_IN_TRANSACTION_MS = 10_000;

const DatabaseLogin = Type.Object({ username: Type.String({ minLength: 1 }), password: Type.String({ minLength: 1 }) });

export interface Database<Tables> {
  readonly pool: pg.Pool;
  readonly db: Kysely<Tables>;
  /** Throws when the database does not answer a trivial query. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A pool for the role of `service`: the login comes from the secret `madeinworld/database/<service>`, read afresh for each new connection,
 * so that a rotated password is picked up without a restart. Statements time out after 10 s, and so does a transaction whose client says nothing: what a
 * process that was frozen, or whose machine went, has locked is free again. `pipelined`: statements of one client that are not
 * awaited one by one go out right behind each other.
 */
export async function openDatabase<Tables>(options: {
  url: string;
  service: string;
  secrets: Secrets;
  log: Logger;
  maxConnections?: number;
  statementTimeoutMs?: number;
  /** How long a statement waits for a lock; as long as it may take, where nothing is said. */
  lockTimeoutMs?: number;
  pipelined?: boolean;
}): Promise<Database<Tables>> {
  const secretName = `madeinworld/database/${options.service}`;
  const login = await options.secrets.json(secretName, DatabaseLogin);
  const url = new URL(options.url);
  const pool = new pg.Pool({
    host: url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    ssl: url.searchParams.get('sslmode') === 'require',
    user: login.username,
    password: async () => (await options.secrets.json(secretName, DatabaseLogin)).password,
    max: options.maxConnections ?? 10,
    pipeline: options.pipelined ?? false,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.statementTimeoutMs ?? 10_000,
    ...(options.lockTimeoutMs === undefined ? {} : { lock_timeout: options.lockTimeoutMs }),
    idle_in_transaction_session_timeout: MOST_IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    application_name: `madeinworld-${options.service}`,
    options: '-c TimeZone=UTC',
    types: {
      getTypeParser: (oid, format) => (textual.has(oid) && format !== 'binary' ? asText : pg.types.getTypeParser(oid, format)),
    },
  });
  // One that breaks while somebody holds it, between two statements, would otherwise end the process; its holder sees the next statement fail.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  pool.on('error', (error) => {
    // 28P01: the password was rotated; the next connection must not use the cached one.
    options.secrets.invalidate(secretName);
    options.log.warn({ reason: messageOf(error), code: codeOf(error) }, 'an idle database connection failed');
  });
  return {
    pool,
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    ping: async () => {
      await pool.query('SELECT 1');
    },
    close: () => pool.end(),
  };
}
