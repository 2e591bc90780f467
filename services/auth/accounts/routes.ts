import { Type } from 'typebox';

import { Account, AccountChange, AccountListQuery, AccountSearch, AccountsOpening, OpenedAccounts } from '#contracts/accounts.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import type { AuthDeps } from '../deps.ts';
import { byOf } from '../events/by.ts';
import { pageWith } from '../examples.ts';
import { changeAccount, getAccount, listAccounts, openAccounts, searchAccount } from './service.ts';

const admin = { roles: ['admin'] } as const;
const params = Type.Object({ id: Uuid });
const accountExample = {
  id: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10',
  email: 'grace@example.org',
  phone: null,
  role: 'support',
  disabled: false,
  createdAt: '2026-03-01T09:30:00.000000Z',
};
const ofExample = { id: accountExample.id };

export function registerAccounts(app: App, deps: AuthDeps): void {
  const list = operation({
    id: 'listAccounts',
    summary: 'A page of accounts, the newest first',
    access: admin,
    request: { querystring: AccountListQuery },
    answers: { 200: pageOf(Account) },
    errors: [],
    example: { query: { role: 'support', limit: 20 }, answer: pageWith(accountExample) },
  });
  app.get('/v1/auth/accounts', list, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await listAccounts(deps, request.query, byOf(request, deps.region))),
  );

  const search = operation({
    id: 'searchAccount',
    summary: 'The account that has a mail address or a telephone number',
    access: admin,
    request: { body: AccountSearch },
    answers: { 200: Account },
    errors: ['not_found'],
    example: { body: { email: accountExample.email }, answer: accountExample },
  });
  app.post('/v1/auth/accounts/search', search, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await searchAccount(deps, request.body, byOf(request, deps.region))),
  );

  const get = operation({
    id: 'getAccount',
    summary: 'One account',
    access: admin,
    request: { params },
    answers: { 200: Account },
    errors: ['not_found'],
    example: { params: ofExample, answer: accountExample },
  });
  app.get('/v1/auth/accounts/:id', get, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await getAccount(deps, request.params.id, byOf(request, deps.region))),
  );

  const open = operation({
    id: 'openAccounts',
    summary: 'Opens accounts for customers whom the merchant knows already; who has one keeps it. They sign in as everybody does',
    access: admin,
    request: { body: AccountsOpening },
    answers: { 200: OpenedAccounts },
    errors: [],
    example: {
      body: { emails: [accountExample.email] },
      answer: { accounts: [{ id: accountExample.id, email: accountExample.email, isNew: true }] },
    },
  });
  app.post('/v1/auth/accounts', open, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await openAccounts(deps, request.body.emails, byOf(request, deps.region))),
  );

  const change = operation({
    id: 'changeAccount',
    summary: 'Gives an account of somebody else another role, disables or enables it; wants a sign-in of the last ten minutes',
    access: admin,
    request: { params, body: AccountChange },
    answers: { 200: Account },
    errors: ['not_found', 'reauthentication_required'],
    example: { params: ofExample, body: { role: 'support' }, answer: accountExample },
  });
  app.patch('/v1/auth/accounts/:id', change, async (request) =>
    changeAccount(deps, request.params.id, request.body, byOf(request, deps.region)),
  );
}
