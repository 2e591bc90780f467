import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { Type } from 'typebox';

import { systemClock } from './clock.ts';
import { codeOf, ConfigError, messageOf } from './errors.ts';
import type { Logger } from './log.ts';
import { createPreparer } from './prepared-statements.ts';
import type { Secrets } from './secrets/index.ts';
import { endWhenSilent } from './silent-connection.ts';

/** int8 and every time stay text: a JavaScript number loses versions past 2^53, a Date loses microseconds. */
const textual = new Set([20, 1082, 1114, 1184]);
const asText = (value: string): string => value;

const MOST_IDLE_IN_TRANSACTION_MS = 10_000;
/** How much longer than the server a query waits for its answer. */
const ANSWER_GRACE_MS = 5_000;

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
 * process that was frozen, or whose machine went, has locked is free again. Throws ConfigError for an `sslmode` in the URL that is not known. `pipelined`: statements of one client that are not
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
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    host: url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    ssl: isEncrypted(url.searchParams.get('sslmode') ?? 'disable'),
    user: login.username,
    password: async () => (await options.secrets.json(secretName, DatabaseLogin)).password,
    max: options.maxConnections ?? 10,
    pipeline: options.pipelined ?? false,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    ...(options.lockTimeoutMs === undefined ? {} : { lock_timeout: options.lockTimeoutMs }),
    idle_in_transaction_session_timeout: MOST_IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    application_name: `madeinworld-${options.service}`,
    options: '-c TimeZone=UTC',
    types: {
      getTypeParser: (oid, format) => (textual.has(oid) && format !== 'binary' ? asText : pg.types.getTypeParser(oid, format)),
    },
  });
  retryRotated(pool, () => options.secrets.invalidate(secretName));
  // One that breaks while somebody holds it, between two statements, would otherwise end the process; its holder sees the next statement fail.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  // The server's own limit is no help where its word does not arrive: a connection that is gone and does not say so, or a server that died over a query.
  pool.on('connect', endWhenSilent(statementTimeoutMs + ANSWER_GRACE_MS));
  // The sync's pipelines are few statements, each awaited with others; they are left as they are.
  if (options.pipelined !== true) pool.on('connect', createPreparer());
  pool.on('error', (error) => {
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

/**
 * Whether a connection of this `sslmode` is encrypted; then the server's certificate is verified, and its name, whichever of the three asks for it. Throws ConfigError for
 * a mode that would be content with less than it seems to ask for.
 */
function isEncrypted(sslmode: string): boolean {
  if (['require', 'verify-ca', 'verify-full'].includes(sslmode)) return true;
  if (sslmode === 'disable') return false;
  throw new ConfigError(['sslmode of DATABASE_URL is none of disable, require, verify-ca, verify-full']);
}

const INVALID_PASSWORD = '28P01';
const CONNECT_ATTEMPTS = 4;
const RETRY_MS = 50;

/** The form of `connect` that answers with a promise. */
interface Connecting {
  connect(this: pg.Pool): Promise<pg.PoolClient>;
}

/**
 * A password that was rotated is refused to whoever still has the old one. `forget` makes the secret be read afresh, and the connection is tried again: a few
 * times, for the database and the secret store do not change in the same instant.
 */
function retryRotated(pool: pg.Pool, forget: () => void): void {
  const inner: Connecting = { connect: pool.connect };
  async function connectAgain(): Promise<pg.PoolClient> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await inner.connect.call(pool);
      } catch (error) {
        if (codeOf(error) !== INVALID_PASSWORD || attempt === CONNECT_ATTEMPTS) throw error;
        if (attempt > 1) await systemClock.wait(RETRY_MS * attempt);
        forget();
      }
    }
  }
  type Callback = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void;
  function connect(): Promise<pg.PoolClient>;
  function connect(callback: Callback): void;
  function connect(callback?: Callback): Promise<pg.PoolClient> | void {
    const connecting = connectAgain();
    if (callback === undefined) return connecting;
    connecting.then(
      (client) => callback(undefined, client, () => client.release()),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), undefined, () => undefined),
    );
  }
  pool.connect = connect;
}
