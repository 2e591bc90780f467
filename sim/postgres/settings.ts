/** How a server is set up: for a laptop beside many other processes, but never at the price of durability. */
export interface ServerSettings {
  /** false only for servers whose data is thrown away, as in tests. */
  readonly durable: boolean;
  readonly maxConnections: number;
  /** More settings by name, over those that every server of the twin gets. */
  readonly more: Readonly<Record<string, string>>;
}

export const defaultSettings: ServerSettings = { durable: true, maxConnections: 200, more: {} };

/** The settings as arguments of `postgres`. */
export function serverArguments(port: number, settings: ServerSettings): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: settings.maxConnections,
    shared_buffers: '48MB',
    maintenance_work_mem: '32MB',
    max_wal_size: '512MB',
    min_wal_size: '64MB',
    max_wal_senders: 0,
    max_parallel_workers_per_gather: 0,
    autovacuum_max_workers: 1,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %u@%d ',
    log_checkpoints: 'off',
    // A statement that is refused is quoted with its row, which may be somebody's address. Who sent it is told, and logs the code of it.
    log_min_messages: 'log',
    ...(settings.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings.more,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
