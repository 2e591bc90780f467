import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepAsTemplate, removePostgresData, startPostgres } from './index.ts';
import { databaseName, perRole, provision, withClient, withDatabase, withRole, type RolePasswords } from './provision.ts';

const passwords: RolePasswords = perRole((role) => role.charAt(0));

describe('an embedded server', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'madeinworld-server-'));
  });
  afterEach(async () => {
    await Promise.all(['data', 'a', 'b'].map((name) => removePostgresData(join(folder, name))));
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps data, port and password over a restart, and finds Chinese text by trigram', async () => {
    const dataDir = join(folder, 'data');
    const first = await startPostgres({ dataDir });
    await withClient(first.superuserUrl, (client) => client.query('CREATE TABLE kept AS SELECT 1 AS one'));
    await first.stop();
    expect(first.child.exitCode).toBe(0);

    const second = await startPostgres({ dataDir });
    try {
      expect(second.superuserUrl).toBe(first.superuserUrl);
      await provision(second.superuserUrl, passwords);
      await provision(second.superuserUrl, passwords);
      const seen = await withClient(withDatabase(second.superuserUrl, databaseName), async (client) => {
        const settings = await client.query(
          `SELECT datcollate, datctype, current_setting('fsync') AS fsync,
                  current_setting('server_version_num')::int / 10000 AS major
             FROM pg_database WHERE datname = current_database()`,
        );
        const trigrams = await client.query(`SELECT cardinality(show_trgm('茶壶')) AS count`);
        return { ...settings.rows[0], trigrams: trigrams.rows[0].count };
      });
      expect(seen).toMatchObject({ datcollate: 'C', fsync: 'on', major: 17 });
      expect(seen.datctype).toContain('UTF-8');
      expect(seen.trigrams).toBeGreaterThan(0);
      const kept = await withClient(second.superuserUrl, (client) => client.query('SELECT one FROM kept'));
      expect(kept.rows).toEqual([{ one: 1 }]);
    } finally {
      await second.stop();
    }
  });

  it('moves to another port when its own is taken', async () => {
    await chmod(folder, 0o711);
    const first = await startPostgres({ dataDir: join(folder, 'a') });
    try {
      await writeFile(join(folder, 'b.port'), String(first.port));
      const second = await startPostgres({ dataDir: join(folder, 'b') });
      await second.stop();
      expect(second.port).not.toBe(first.port);
    } finally {
      await first.stop();
    }
  });

  it('begins with what has been kept, of which the latest three stay, and else with nothing', async () => {
    const cacheDir = join(folder, 'cache');
    await Promise.all([folder, cacheDir].map((path) => mkdir(path, { recursive: true }).then(() => chmod(path, 0o711))));
    const [from, to] = [join(folder, 'a'), join(folder, 'b')];
    const first = await startPostgres({ dataDir: from, cacheDir, kept: () => 'shop-1' });
    expect(first.origin).toBe('empty');
    await withClient(first.superuserUrl, (client) => client.query('CREATE TABLE kept AS SELECT 1 AS one'));
    await expect(keepAsTemplate({ dataDir: from, kind: 'shop', version: '0', cacheDir })).rejects.toThrow('has not ended in good order');
    await first.stop();
    for (const version of ['1', '2', '3', '4']) await keepAsTemplate({ dataDir: from, kind: 'shop', version, cacheDir });

    const tables = async (kept: string): Promise<{ origin: string; found: unknown[] }> => {
      const server = await startPostgres({ dataDir: to, cacheDir, kept: () => kept });
      try {
        const seen = await withClient(server.superuserUrl, (client) => client.query(`SELECT to_regclass('kept') IS NOT NULL AS found`));
        return { origin: server.origin, found: seen.rows };
      } finally {
        await server.stop();
      }
    };
    expect(await tables('shop-4')).toEqual({ origin: 'kept', found: [{ found: true }] });
    expect(await tables('shop-4')).toEqual({ origin: 'found', found: [{ found: true }] });
    await removePostgresData(to);
    expect(await tables('shop-1')).toEqual({ origin: 'empty', found: [{ found: false }] });
  });

  it('lets migrator own the database, services own nothing, and the inspector read only', async () => {
    const server = await startPostgres({ dataDir: join(folder, 'data') });
    try {
      await provision(server.superuserUrl, passwords);
      const url = withDatabase(server.superuserUrl, databaseName);
      await withClient(withRole(url, 'migrator', 'm'), (client) => client.query('CREATE SCHEMA x CREATE TABLE t (n int)'));
      const asAuth = withClient(withRole(url, 'auth', 'a'), (client) => client.query('CREATE SCHEMA y'));
      await expect(asAuth).rejects.toThrow('permission denied');
      await withClient(withRole(url, 'inspector', 'i'), async (client) => {
        expect((await client.query('SELECT * FROM x.t')).rows).toEqual([]);
        await expect(client.query('INSERT INTO x.t VALUES (1)')).rejects.toThrow('permission denied');
      });
      const wrong = withClient(withRole(url, 'auth', 'wrong'), (client) => client.query('SELECT 1'));
      await expect(wrong).rejects.toThrow('password authentication failed');
    } finally {
      await server.stop();
    }
  });

  it.runIf(process.getuid?.() === 0)('runs as root under an unprivileged user, also where that user cannot go', async () => {
    const dataDir = join(folder, 'data');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const server = await startPostgres({ dataDir });
    try {
      expect((await stat(`/proc/${server.pid}`)).uid).toBe(65534);
    } finally {
      await server.stop();
    }
  });
});
