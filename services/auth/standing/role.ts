import type { AccountRole } from '#contracts/auth.ts';

import type { AuthSecrets } from '../secrets.ts';
import type { Standing } from './standing.repository.ts';

/** What a session may do now. Who stands on the region's staff list is an administrator, whatever role the account was given. */
export async function roleOf(secrets: Pick<AuthSecrets, 'isAdmin'>, { email, role }: Standing): Promise<AccountRole> {
  return (await secrets.isAdmin(email)) ? 'admin' : role;
}
