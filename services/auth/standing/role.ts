import type { AccountRole } from '#contracts/auth.ts';

import type { AuthDeps } from '../deps.ts';
import type { FactorState } from '../factors/factors.repository.ts';
import type { Standing } from './standing.repository.ts';

type Deps = Pick<AuthDeps, 'secrets' | 'staffSecondFactor'>;

/** The role that an account has, whatever its session has proved. Who stands on the region's staff list, which is of mail addresses, is an administrator, whatever role the account was given. */
async function givenRoleOf({ secrets }: Pick<Deps, 'secrets'>, { email, role }: Pick<FactorState, 'email' | 'role'>): Promise<AccountRole> {
  return email !== null && (await secrets.isAdmin(email)) ? 'admin' : role;
}

/**
 * Whether a code alone is too little for this account: it has an authenticator app, or it is staff's and has a passkey. To customers a passkey is another way
 * in, and no lock on the first.
 */
export async function wantsFactor(deps: Pick<Deps, 'secrets'>, state: FactorState): Promise<boolean> {
  return state.hasTotp || (state.hasPasskey && (await givenRoleOf(deps, state)) !== 'customer');
}

/**
 * What a session may do now. A role of staff counts where the session has proved a second factor; without one it is a customer's, and `enrol` says that there is
 * none yet. Where none is required, who has one must still have proved it.
 */
export async function roleOf(deps: Deps, standing: Standing): Promise<{ readonly role: AccountRole; readonly enrol: boolean }> {
  const role = await givenRoleOf(deps, standing);
  const hasFactor = standing.hasTotp || standing.hasPasskey;
  const wanted = role !== 'customer' && (deps.staffSecondFactor === 'required' || hasFactor);
  if (!wanted || standing.proved) return { role, enrol: false };
  return { role: 'customer', enrol: !hasFactor };
}
