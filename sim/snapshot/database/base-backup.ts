import pg from 'pg';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Started = Type.Object({ segment: Type.String() });
const Stopped = Type.Object({ labelfile: Type.String(), segment: Type.String() });
const Size = Type.Object({ bytes: Type.String() });

/** What belongs into the data folder's copy besides the files. */
export interface BackupEnd {
  /** Content of the file `backup_label`. */
  readonly label: string;
  /** The first and the last segment of the WAL that the copy needs, by name. */
  readonly firstSegment: string;
  readonly lastSegment: string;
}

/** A server in backup: its files may be copied, in any order, while it serves. */
export interface BaseBackup {
  /**
   * Ends it: a copy with the WAL that it names holds every transaction that has been committed until now, and none that is committed later. That WAL
   * changes no more, and is kept until `close`.
   */
  stop(): Promise<BackupEnd>;
  /** Ends the session, and with it the backup if it has not been ended. */
  close(): Promise<void>;
}

/** A server that stands still takes connections and answers none: nobody could heal it, nor take the twin down, while a snapshot waits for it. */
const CONNECT_MS = 10_000;

/**
 * Begins a backup by PostgreSQL's low-level interface (https://www.postgresql.org/docs/17/continuous-archiving.html, "Making a Base Backup Using the
 * Low Level API"). A temporary slot keeps the WAL that the copy will need, whatever checkpoints come meanwhile.
 */
export async function beginBackup(superuserUrl: string): Promise<BaseBackup> {
  const client = new pg.Client({ connectionString: superuserUrl, application_name: 'sim snapshot', connectionTimeoutMillis: CONNECT_MS });
  // A server that goes away is told by the query that fails.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SELECT pg_create_physical_replication_slot($1, true, true)`, [`snapshot_${process.pid}`]);
    const found = await client.query(`SELECT pg_walfile_name(pg_backup_start('madeinworld snapshot', true)) AS segment`);
    const { segment: firstSegment } = Value.Parse(Started, found.rows[0]);
    return {
      async stop() {
        const ended = await client.query('SELECT labelfile, pg_walfile_name(lsn) AS segment FROM pg_backup_stop(false)');
        const { labelfile, segment } = Value.Parse(Stopped, ended.rows[0]);
        return { label: labelfile, firstSegment, lastSegment: segment };
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** How large all databases of a server are. */
export async function databaseBytes(superuserUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: superuserUrl, application_name: 'sim snapshot', connectionTimeoutMillis: CONNECT_MS });
  await client.connect();
  try {
    const found = await client.query('SELECT sum(pg_database_size(oid))::text AS bytes FROM pg_database');
    return Number(Value.Parse(Size, found.rows[0]).bytes);
  } finally {
    await client.end();
  }
}

/** Folders whose content a started server makes anew, and must not find (the same source, "Backing Up the Data Directory"). */
const emptied = ['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans'];
const excluded = ['postmaster.pid', 'postmaster.opts', '.snapshot-next', '.snapshot-replaced'];

/** Whether a path below the data folder is no part of a backup. */
export function leftOut(path: string): boolean {
  const [top = '', ...below] = path.split('/');
  // pg_wal has a folder of its own inside, which a server expects.
  if (path === 'pg_wal/archive_status' || path === 'pg_wal/summaries') return false;
  if (excluded.includes(top) || (below.length > 0 && emptied.includes(top))) return true;
  return [top, ...below].some((name) => name.startsWith('pgsql_tmp') || name.startsWith('pg_internal.init'));
}

/** The same for GNU tar, run inside the data folder. */
export const tarExcludes: readonly string[] = [
  ...excluded.map((name) => `./${name}`),
  ...emptied.map((name) => `./${name}/*`),
  'pgsql_tmp*',
  'pg_internal.init*',
].map((pattern) => `--exclude=${pattern}`);

const SEGMENTS_IN_LOG = 256;

/** The segments of the WAL that a copy needs, by name: a timeline, and the two halves of a number that counts segments of 16 MiB. */
export function segmentsOf({ firstSegment, lastSegment }: Pick<BackupEnd, 'firstSegment' | 'lastSegment'>): string[] {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  const numberOf = (name: string): number => Number.parseInt(name.slice(8, 16), 16) * SEGMENTS_IN_LOG + Number.parseInt(name.slice(16), 16);
  const first = numberOf(firstSegment);
  const count = numberOf(lastSegment) - first + 1;
  return Array.from({ length: count }, (_, at) => {
    const number = first + at;
    return firstSegment.slice(0, 8) + hex(Math.floor(number / SEGMENTS_IN_LOG)) + hex(number % SEGMENTS_IN_LOG);
  });
}
