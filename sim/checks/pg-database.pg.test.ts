import { describe, expect, it } from 'vitest';
import { withClient } from '#sim/postgres/provision.ts';
import { createTestDatabase, type DatabaseTemplate } from './pg-database.ts';

describe('a test database', () => {
  it('is a clone of a template that is built once, and of its own', async () => {
    let built = 0;
    const template: DatabaseTemplate = {
      name: 'pg_database_test',
      build: async ({ roles }) => {
        built += 1;
        await withClient(roles.migrator, (client) => client.query('CREATE SCHEMA s CREATE TABLE t (n int)'));
      },
    };
    const [one, two] = await Promise.all([createTestDatabase({ template }), createTestDatabase({ template })]);
    expect(built).toBe(1);
    await withClient(one.roles.migrator, (client) => client.query('INSERT INTO s.t VALUES (1)'));
    const seen = await withClient(two.roles.inspector, (client) => client.query('SELECT * FROM s.t'));
    expect(seen.rows).toEqual([]);
    await Promise.all([one.drop(), two.drop()]);
    await expect(withClient(one.url, (client) => client.query('SELECT 1'))).rejects.toThrow('does not exist');
  });
});
