import { randomUUID } from 'node:crypto';

import type { TotpEnrolment } from '#contracts/factors.ts';
import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import { lockAccount } from '../accounts/accounts.repository.ts';
import { clientDigestOf } from '../client/client.ts';
import { labelOf } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';
import type { By } from '../events/by.ts';
import { insertEvent } from '../events/events.repository.ts';
import { findFactorState, markProved } from '../factors/factors.repository.ts';
import { requireFresh, requireStill } from '../standing/fresh.ts';
import { refusedTotp, tryTotp } from './check.ts';
import { seal } from './seal.ts';
import { enrolmentOf, newTotpSecret } from './totp.ts';
import { insertTotp } from './totp.repository.ts';

type Deps = Pick<AuthDeps, 'region' | 'db' | 'secrets' | 'clock'>;

/** A secret for the caller's authenticator app; one that waited to be confirmed is replaced. Throws AppError `already_exists`, `reauthentication_required`. */
export async function enrolTotp(deps: Deps, caller: Caller): Promise<TotpEnrolment> {
  const { accountId } = caller;
  await requireFresh(deps, caller);
  const account = await findFactorState(deps.db, accountId);
  if (account === undefined) throw new AppError('unauthenticated');
  const id = randomUUID();
  const secret = newTotpSecret();
  if (!(await insertTotp(deps.db, accountId, id, seal(await deps.secrets.pepper(), accountId, secret)))) {
    throw new AppError('already_exists', { detail: 'There is an authenticator app: remove it first.' });
  }
  return { id, ...enrolmentOf(secret, `madeinworld ${deps.region}`, labelOf(account)) };
}

/** Confirms the app that waits. Throws AppError `second_factor_invalid`, `too_many_requests` while it is locked, `reauthentication_required`. */
export async function confirmTotp(deps: Deps, code: string, { caller, client }: By): Promise<void> {
  const { accountId } = caller;
  const sessionId = await requireFresh(deps, caller);
  const digest = clientDigestOf(await deps.secrets.pepper(), client);
  const outcome = await deps.db.transaction().execute(async (trx) => {
    await lockAccount(trx, accountId);
    await requireStill(trx, sessionId);
    const tried = await tryTotp(deps, trx, { accountId, code, waiting: true });
    if (tried !== 'right') return tried;
    await markProved(trx, sessionId);
    await insertEvent(trx, { kind: 'factor_added', accountId, sessionId, client: digest, detail: { factor: 'totp' } });
    return tried;
  });
  if (outcome !== 'right') throw refusedTotp(outcome);
}
