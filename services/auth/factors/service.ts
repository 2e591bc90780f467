import type { Factor } from '#contracts/factors.ts';
import type { Caller } from '#platform/access.ts';
import { AppError } from '#platform/errors.ts';

import { clientDigestOf } from '../client/client.ts';
import type { AuthDeps } from '../deps.ts';
import { type By, loggedBy } from '../events/by.ts';
import { insertEvent } from '../events/events.repository.ts';
import { requireFresh, requireStill } from '../standing/fresh.ts';
import { findAccountRow, lockAccount } from '../accounts/accounts.repository.ts';
import { endSessions } from '../sessions/sessions.repository.ts';
import { deleteFactors, type FactorRow, selectFactors } from './factors.repository.ts';

type Deps = Pick<AuthDeps, 'db' | 'secrets'>;

export async function listFactors({ db }: Deps, caller: Caller): Promise<{ factors: Factor[] }> {
  return { factors: (await selectFactors(db, caller.accountId)).map((row) => factorOf(row)) };
}

/** Removes one of the caller's own factors, and ends the other sessions. Throws AppError `not_found`, `reauthentication_required`. */
export async function removeFactor(deps: Deps, id: string, { caller, client }: By): Promise<void> {
  const { accountId } = caller;
  const sessionId = await requireFresh(deps, caller);
  const digest = clientDigestOf(await deps.secrets.pepper(), client);
  await deps.db.transaction().execute(async (trx) => {
    await lockAccount(trx, accountId);
    await requireStill(trx, sessionId);
    const [factor] = await deleteFactors(trx, accountId, { only: id });
    if (factor === undefined) throw new AppError('not_found');
    await insertEvent(trx, { kind: 'factor_removed', accountId, sessionId, client: digest, detail: { factor } });
    await endSessions(trx, accountId, { except: sessionId }, { client: digest });
  });
}

/** What an administrator does for somebody who has lost the factors: all are gone, and so are the sessions. Throws AppError `not_found`, `forbidden`, `reauthentication_required`. */
export async function resetFactors(deps: Deps, accountId: string, by: By): Promise<void> {
  await requireFresh(deps, by.caller);
  if (accountId === by.caller.accountId)
    throw new AppError('forbidden', { detail: 'Your own account is for another administrator to change.' });
  if ((await findAccountRow(deps.db, accountId)) === undefined) throw new AppError('not_found');
  const logged = await loggedBy(deps.secrets, by);
  await deps.db.transaction().execute(async (trx) => {
    for (const factor of await deleteFactors(trx, accountId, 'all')) {
      await insertEvent(trx, { ...logged, kind: 'factor_removed', accountId, detail: { factor } });
    }
    await endSessions(trx, accountId, 'all', logged);
  });
}

export function factorOf({ id, kind, label, created_at: createdAt, last_used_at: lastUsedAt }: FactorRow): Factor {
  return { id, kind, label, createdAt, lastUsedAt };
}
