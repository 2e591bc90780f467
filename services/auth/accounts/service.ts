import type { Account, AccountChange, AccountListQuery, AccountSearch, OpenedAccounts } from '#contracts/accounts.ts';
import type { Page } from '#contracts/values.ts';
import { AppError } from '#platform/errors.ts';
import { orderOf, pageFrom } from '#platform/paging/list.ts';

import { contactOf } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';
import { normalizeEmail } from '../contacts/email.ts';
import { type By, loggedBy } from '../events/by.ts';
import { insertEvent, insertEvents, type NewEvent } from '../events/events.repository.ts';
import { requireFresh } from '../standing/fresh.ts';
import { revokeSessions } from '../tokens/tokens.repository.ts';
import {
  type AccountRow,
  findAccountByContact,
  findAccountRow,
  insertAccounts,
  lockAccount,
  selectAccounts,
  selectAccountIds,
  updateAccount,
} from './accounts.repository.ts';

type Deps = Pick<AuthDeps, 'db' | 'secrets'>;

/** Accounts, the newest first. That they were looked at is logged. */
export async function listAccounts(deps: Deps, query: AccountListQuery, by: By): Promise<Page<Account>> {
  const { role } = query;
  const order = orderOf(query, '-createdAt', () => 'timestamptz');
  const found = await selectAccounts(deps.db, role, order);
  await insertEvent(deps.db, {
    ...(await loggedBy(deps.secrets, by)),
    kind: 'account_read',
    accountId: null,
    detail: { list: role ?? 'all' },
  });
  return pageFrom(found, order, accountOf);
}

/** The account that a mail address, in whatever spelling, or a number belongs to. That it was looked for is logged, and by which of both. Throws AppError `not_found`. */
export async function searchAccount(deps: Deps, search: AccountSearch, by: By): Promise<Account> {
  const contact = contactOf(search);
  const row = await findAccountByContact(deps.db, contact);
  const looked = { kind: 'account_read', accountId: row?.id ?? null, detail: { list: contact.kind } } as const;
  await insertEvent(deps.db, { ...(await loggedBy(deps.secrets, by)), ...looked });
  if (row === undefined) throw new AppError('not_found');
  return accountOf(row);
}

/** Throws AppError `not_found`. That it was looked at is logged. */
export async function getAccount(deps: Deps, id: string, by: By): Promise<Account> {
  const row = await findAccountRow(deps.db, id);
  if (row === undefined) throw new AppError('not_found');
  await insertEvent(deps.db, { ...(await loggedBy(deps.secrets, by)), kind: 'account_read', accountId: id });
  return accountOf(row);
}

/**
 * Gives an account another role, which counts from its next token on, or disables it, which ends its sessions. Nobody changes the own account: an
 * administrator who locks everybody out is two. Throws AppError `not_found`, `forbidden`, `reauthentication_required`: a session that was left open makes nobody an administrator.
 */
export async function changeAccount(deps: Deps, id: string, change: AccountChange, by: By): Promise<Account> {
  await requireFresh(deps, by.caller);
  if (id === by.caller.accountId) throw new AppError('forbidden', { detail: 'Your own account is for another administrator to change.' });
  const done = await loggedBy(deps.secrets, by);
  return deps.db.transaction().execute(async (trx) => {
    const before = await lockAccount(trx, id);
    if (before === undefined) throw new AppError('not_found');
    await updateAccount(trx, id, change);
    for (const event of eventsOf(before, change)) await insertEvent(trx, { ...done, ...event });
    if (change.disabled === true) await revokeSessions(trx, id, 'disabled');
    return { ...accountOf(before), ...change };
  });
}

/**
 * Opens an account for each address that has none, a customer's. Whoever has the mailbox signs in to it with a code, as to one that the first sign-in makes: nobody
 * is signed in by it, and no address is believed to be anybody's. In the order of `emails`; what was opened is logged.
 */
export async function openAccounts(deps: Deps, emails: readonly string[], by: By): Promise<OpenedAccounts> {
  const addresses = emails.map((email) => normalizeEmail(email));
  const done = await loggedBy(deps.secrets, by);
  return deps.db.transaction().execute(async (trx) => {
    const opened = new Set(await insertAccounts(trx, [...new Set(addresses)].toSorted()));
    await insertEvents(trx, { ...done, kind: 'account_opened' }, [...opened]);
    // By a statement of its own: it sees also what somebody else has opened meanwhile.
    const ids = await selectAccountIds(trx, addresses);
    return {
      accounts: addresses.map((email) => {
        const id = ids.get(email);
        if (id === undefined) throw new Error('an account vanished while it was opened');
        return { id, email, isNew: opened.has(id) };
      }),
    };
  });
}

function eventsOf(before: AccountRow, { role = before.role, disabled = before.disabled }: AccountChange): NewEvent[] {
  const events: NewEvent[] = [];
  if (role !== before.role) events.push({ kind: 'role_changed', accountId: before.id, detail: { from: before.role, to: role } });
  if (disabled !== before.disabled) events.push({ kind: disabled ? 'account_disabled' : 'account_enabled', accountId: before.id });
  return events;
}

function accountOf({ id, email, phone, role, disabled, created_at: createdAt }: AccountRow): Account {
  return { id, email, phone, role, disabled, createdAt };
}
