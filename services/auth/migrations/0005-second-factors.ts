import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Second factors: authenticator apps and passkeys, what is asked of them, and which sessions have proved one. */
export const secondFactors: Migration = {
  async up(db) {
    await sql`ALTER TABLE auth.session ADD COLUMN factor_at timestamptz`.execute(db);
    // `secret` is sealed with a key made of the pepper. `last_step` only rises: a time step is taken once.
    await sql`
      CREATE TABLE auth.totp (
        account_id uuid PRIMARY KEY REFERENCES auth.account ON DELETE CASCADE,
        id uuid NOT NULL UNIQUE,
        secret bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        confirmed_at timestamptz,
        last_used_at timestamptz,
        last_step int NOT NULL DEFAULT 0,
        failures int NOT NULL DEFAULT 0,
        locked_until timestamptz
      )`.execute(db);
    await sql`
      CREATE TABLE auth.passkey (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
        credential_id bytea NOT NULL UNIQUE,
        public_key bytea NOT NULL,
        counter bigint NOT NULL,
        transports text[] NOT NULL,
        label text NOT NULL CHECK (length(label) <= 60),
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz
      )`.execute(db);
    await sql`CREATE INDEX passkey_account ON auth.passkey (account_id)`.execute(db);
    await sql`
      CREATE TABLE auth.factor_challenge (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES auth.account ON DELETE CASCADE,
        attempts int NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL,
        used_at timestamptz
      )`.execute(db);
    await sql`CREATE INDEX factor_challenge_account ON auth.factor_challenge (account_id)`.execute(db);
    await sql`CREATE INDEX factor_challenge_expires_at ON auth.factor_challenge (expires_at)`.execute(db);
    // What a passkey was asked to sign, and for what. Without an account: a sign-in, by whichever passkey answers.
    await sql`
      CREATE TABLE auth.ceremony (
        challenge bytea PRIMARY KEY,
        purpose text COLLATE "C" NOT NULL CHECK (purpose IN ('register', 'sign-in', 'second-factor')),
        account_id uuid REFERENCES auth.account ON DELETE CASCADE,
        factor_challenge_id uuid REFERENCES auth.factor_challenge ON DELETE CASCADE,
        expires_at timestamptz NOT NULL,
        CHECK ((account_id IS NULL) = (purpose = 'sign-in')),
        CHECK ((factor_challenge_id IS NOT NULL) = (purpose = 'second-factor'))
      )`.execute(db);
    await sql`CREATE INDEX ceremony_account ON auth.ceremony (account_id)`.execute(db);
    await sql`CREATE INDEX ceremony_factor_challenge ON auth.ceremony (factor_challenge_id)`.execute(db);
    await sql`CREATE INDEX ceremony_expires_at ON auth.ceremony (expires_at)`.execute(db);
    await sql`GRANT SELECT, INSERT, UPDATE, DELETE ON auth.totp, auth.passkey, auth.factor_challenge, auth.ceremony TO auth`.execute(db);
  },
};
