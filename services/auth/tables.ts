import type { ColumnType, Generated } from 'kysely';

import type { AccountRole } from '#contracts/auth.ts';

/** Instants are text: the pool hands them over unparsed. */
type Instant = ColumnType<string, string | undefined, string>;

/** Why a session ended before its time. */
export type SessionEnd = 'sign-out' | 'reuse' | 'disabled' | 'ended';

export interface AuthTables {
  'auth.account': {
    id: string;
    email: string | null;
    phone: string | null;
    role: Generated<AccountRole>;
    created_at: Instant;
    disabled_at: string | null;
    contact_generation: Generated<number>;
  };
  'auth.challenge': {
    id: string;
    email: string | null;
    phone: string | null;
    account_id: string | null;
    code_mac: Buffer;
    attempts: Generated<number>;
    created_at: Instant;
    expires_at: ColumnType<string>;
    used_at: string | null;
  };
  'auth.session': {
    id: string;
    account_id: string;
    factor_at: string | null;
    device: Generated<string>;
    last_used_at: Instant;
    created_at: Instant;
    expires_at: ColumnType<string>;
    revoked_at: string | null;
    revoked_for: SessionEnd | null;
  };
  'auth.refresh_token': {
    hash: Buffer;
    session_id: string;
    issued_at: Instant;
    expires_at: ColumnType<string>;
    rotated_at: string | null;
  };
  'auth.throttle': { bucket: string; hits: number; ends_at: ColumnType<string> };
}
