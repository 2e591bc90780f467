import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Accounts, sign-in codes, refresh sessions and throttles. Nothing here is synced: accounts and tokens stay in their region. */
export const accounts: Migration = {
  async up(db) {
    await sql`
      CREATE TABLE auth.account (
        id uuid PRIMARY KEY,
        email text COLLATE "C" NOT NULL UNIQUE,
        role text COLLATE "C" NOT NULL DEFAULT 'customer' CHECK (role IN ('customer', 'catalogue', 'admin')),
        created_at timestamptz NOT NULL DEFAULT now()
      )`.execute(db);
    await sql`
      CREATE TABLE auth.challenge (
        id uuid PRIMARY KEY,
        email text COLLATE "C" NOT NULL,
        code_mac bytea NOT NULL,
        attempts int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        used_at timestamptz
      )`.execute(db);
    await sql`CREATE INDEX challenge_expires_at ON auth.challenge (expires_at)`.execute(db);
    await sql`
      CREATE TABLE auth.session (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_for text CHECK (revoked_for IN ('sign-out', 'reuse'))
      )`.execute(db);
    await sql`CREATE INDEX session_account ON auth.session (account_id)`.execute(db);
    await sql`CREATE INDEX session_expires_at ON auth.session (expires_at)`.execute(db);
    await sql`
      CREATE TABLE auth.refresh_token (
        hash bytea PRIMARY KEY,
        session_id uuid NOT NULL REFERENCES auth.session ON DELETE CASCADE,
        issued_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        rotated_at timestamptz
      )`.execute(db);
    await sql`CREATE INDEX refresh_token_session ON auth.refresh_token (session_id)`.execute(db);
    await sql`
      CREATE TABLE auth.throttle (
        bucket text COLLATE "C" PRIMARY KEY,
        hits int NOT NULL,
        ends_at timestamptz NOT NULL
      )`.execute(db);
    await sql`CREATE INDEX throttle_ends_at ON auth.throttle (ends_at)`.execute(db);
    await sql`GRANT USAGE ON SCHEMA auth TO auth`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON auth.account, auth.challenge, auth.session, auth.refresh_token, auth.throttle TO auth`.execute(
      db,
    );
  },
};
