import type pg from 'pg';

import type { OrderNotice } from '#contracts/notification.ts';

export interface Person {
  readonly accountId: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly language: 'en' | 'zh';
  readonly marketing: boolean;
}

/**
 * `orders.notice_of` and `auth.phone_of`, in the shape of docs/domain.md, over tables of the test's own; they take the place of their owners' in this test's database. What
 * auth and user offer besides is their own.
 */
export async function offer(superuser: pg.Client): Promise<void> {
  await superuser.query(`
    CREATE SCHEMA told;
    CREATE TABLE told.ordered (id uuid PRIMARY KEY, notice jsonb);
    GRANT USAGE ON SCHEMA told TO migrator;
    CREATE TABLE told.phone (account_id uuid PRIMARY KEY, phone text NOT NULL);
    GRANT SELECT ON told.ordered, told.phone TO migrator;
    CREATE OR REPLACE FUNCTION orders.notice_of(order_id uuid) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
      AS 'SELECT notice FROM told.ordered WHERE id = $1';
    CREATE OR REPLACE FUNCTION auth.phone_of(account_id uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
      AS 'SELECT p.phone FROM told.phone p WHERE p.account_id = $1';
    GRANT EXECUTE ON FUNCTION auth.phone_of TO notification;
  `);
}

/** An account where there is an address, a profile, and what it says to marketing. */
export async function putPerson(superuser: pg.Client, { accountId, email, phone, name, language, marketing }: Person): Promise<void> {
  if (email !== null) await superuser.query('INSERT INTO auth.account (id, email) VALUES ($1, $2)', [accountId, email]);
  if (phone !== null) await superuser.query('INSERT INTO told.phone VALUES ($1, $2)', [accountId, phone]);
  await superuser.query('INSERT INTO users.profile (account_id, name, language) VALUES ($1, $2, $3)', [accountId, name, language]);
  const consent = `INSERT INTO users.consent (account_id, topic, granted, wording_version) VALUES ($1, 'marketing_email', $2, '1')`;
  await superuser.query(consent, [accountId, marketing]);
}

export async function putOrder(superuser: pg.Client, id: string, notice: OrderNotice): Promise<void> {
  await superuser.query('INSERT INTO told.ordered VALUES ($1, $2)', [id, notice]);
}
