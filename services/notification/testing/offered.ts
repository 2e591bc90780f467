import type pg from 'pg';

import type { OrderNotice } from '#contracts/notification.ts';

export interface Person {
  readonly accountId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly language: 'en' | 'zh';
  readonly marketing: boolean;
}

/**
 * The functions that notification reads from, in the shape of docs/domain.md, over tables of the test's own: their owners' tests are about what they answer, these
 * about what is made of it. They replace the owners' own in this test's database.
 */
export async function offer(superuser: pg.Client): Promise<void> {
  await superuser.query(`
    CREATE SCHEMA told;
    CREATE TABLE told.person (account_id uuid PRIMARY KEY, email text, name text, language text, marketing boolean);
    CREATE TABLE told.ordered (id uuid PRIMARY KEY, notice jsonb);
    GRANT USAGE ON SCHEMA orders, auth, users TO notification;
    CREATE OR REPLACE FUNCTION orders.notice_of(order_id uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
      AS 'SELECT notice FROM told.ordered WHERE id = $1';
    CREATE OR REPLACE FUNCTION auth.email_of(account_id uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
      AS 'SELECT p.email FROM told.person p WHERE p.account_id = $1';
    CREATE OR REPLACE FUNCTION users.contact_of(account_id uuid) RETURNS TABLE (language text, name text) LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog AS 'SELECT p.language, p.name FROM told.person p WHERE p.account_id = $1';
    CREATE OR REPLACE FUNCTION users.may_contact(account_id uuid, topic text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
      SET search_path = pg_catalog AS 'SELECT coalesce((SELECT p.marketing FROM told.person p WHERE p.account_id = $1), false) AND $2 = ''marketing_email''';
    GRANT EXECUTE ON FUNCTION orders.notice_of, auth.email_of, users.contact_of, users.may_contact TO notification;
  `);
}

export async function putPerson(superuser: pg.Client, { accountId, email, name, language, marketing }: Person): Promise<void> {
  await superuser.query('INSERT INTO told.person VALUES ($1, $2, $3, $4, $5)', [accountId, email, name, language, marketing]);
}

export async function putOrder(superuser: pg.Client, id: string, notice: OrderNotice): Promise<void> {
  await superuser.query('INSERT INTO told.ordered VALUES ($1, $2)', [id, notice]);
}
