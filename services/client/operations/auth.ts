// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.
import { Type } from 'typebox';

import { Account, AccountChange, AccountListQuery, AccountSearch, AccountsOpening, OpenedAccounts } from '#contracts/accounts.ts';
import { CodeExchange, CodeRequest, CodeRequested, JsonWebKeySet, SignOut, TokenRefresh, Tokens } from '#contracts/auth.ts';
import { ContactConfirmation, ContactKind, Contacts } from '#contracts/contacts.ts';
import { Factor, Factors, PasskeyCreation, PasskeySignIn, SecondFactorAnswer, SecondFactorOptionsRequest, SecondFactorWanted, TotpConfirmation, TotpEnrolment } from '#contracts/factors.ts';
import { SecurityEvent, SecurityEventListQuery } from '#contracts/security-events.ts';
import { Session, SessionListQuery } from '#contracts/sessions.ts';
import { Uuid } from '#contracts/values.ts';
import { CreationOptions, RequestOptions } from '#contracts/webauthn.ts';

import type { ClientOperation } from '../operation.ts';

export const authOperations = {
  requestCode: {
    method: 'POST',
    path: '/v1/auth/codes',
    body: CodeRequest,
    answer: CodeRequested,
    needs: ['idempotency-key'],
  },
  exchangeCode: {
    method: 'POST',
    path: '/v1/auth/tokens',
    body: CodeExchange,
    answer: Type.Union([Tokens, SecondFactorWanted]),
  },
  refreshTokens: {
    method: 'POST',
    path: '/v1/auth/tokens/refresh',
    body: TokenRefresh,
    answer: Tokens,
  },
  signOut: {
    method: 'POST',
    path: '/v1/auth/sign-out',
    body: SignOut,
    answer: null,
  },
  startSecondFactor: {
    method: 'POST',
    path: '/v1/auth/tokens/second-factor/options',
    body: SecondFactorOptionsRequest,
    answer: RequestOptions,
  },
  answerSecondFactor: {
    method: 'POST',
    path: '/v1/auth/tokens/second-factor',
    body: SecondFactorAnswer,
    answer: Tokens,
  },
  startPasskey: {
    method: 'POST',
    path: '/v1/auth/passkeys/options',
    answer: CreationOptions,
  },
  addPasskey: {
    method: 'POST',
    path: '/v1/auth/passkeys',
    body: PasskeyCreation,
    answer: Factor,
  },
  startPasskeySignIn: {
    method: 'POST',
    path: '/v1/auth/passkey-sign-in/options',
    answer: RequestOptions,
  },
  signInByPasskey: {
    method: 'POST',
    path: '/v1/auth/passkey-sign-in',
    body: PasskeySignIn,
    answer: Tokens,
  },
  listFactors: {
    method: 'GET',
    path: '/v1/auth/factors',
    answer: Factors,
  },
  removeFactor: {
    method: 'DELETE',
    path: '/v1/auth/factors/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
  },
  enrolTotp: {
    method: 'POST',
    path: '/v1/auth/factors/totp',
    answer: TotpEnrolment,
  },
  confirmTotp: {
    method: 'POST',
    path: '/v1/auth/factors/totp/confirmation',
    body: TotpConfirmation,
    answer: null,
  },
  resetFactors: {
    method: 'DELETE',
    path: '/v1/auth/accounts/:id/factors',
    params: Type.Object({ id: Uuid }),
    answer: null,
    roles: ['admin'],
  },
  getContacts: {
    method: 'GET',
    path: '/v1/auth/contacts',
    answer: Contacts,
  },
  claimContact: {
    method: 'POST',
    path: '/v1/auth/contacts',
    body: CodeRequest,
    answer: CodeRequested,
    needs: ['idempotency-key'],
  },
  confirmContact: {
    method: 'POST',
    path: '/v1/auth/contacts/confirm',
    body: ContactConfirmation,
    answer: Contacts,
  },
  removeContact: {
    method: 'DELETE',
    path: '/v1/auth/contacts/:kind',
    params: Type.Object({ kind: ContactKind }),
    answer: null,
  },
  listAccounts: {
    method: 'GET',
    path: '/v1/auth/accounts',
    query: AccountListQuery,
    answer: Type.Object({ items: Type.Array(Account), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['admin'],
  },
  searchAccount: {
    method: 'POST',
    path: '/v1/auth/accounts/search',
    body: AccountSearch,
    answer: Account,
    roles: ['admin'],
  },
  getAccount: {
    method: 'GET',
    path: '/v1/auth/accounts/:id',
    params: Type.Object({ id: Uuid }),
    answer: Account,
    roles: ['admin'],
  },
  openAccounts: {
    method: 'POST',
    path: '/v1/auth/accounts',
    body: AccountsOpening,
    answer: OpenedAccounts,
    roles: ['admin'],
  },
  changeAccount: {
    method: 'PATCH',
    path: '/v1/auth/accounts/:id',
    params: Type.Object({ id: Uuid }),
    body: AccountChange,
    answer: Account,
    roles: ['admin'],
  },
  listSessions: {
    method: 'GET',
    path: '/v1/auth/sessions',
    query: SessionListQuery,
    answer: Type.Object({ items: Type.Array(Session), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
  },
  endSession: {
    method: 'DELETE',
    path: '/v1/auth/sessions/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
  },
  endOtherSessions: {
    method: 'DELETE',
    path: '/v1/auth/sessions',
    answer: null,
  },
  listSecurityEvents: {
    method: 'GET',
    path: '/v1/auth/events',
    query: SecurityEventListQuery,
    answer: Type.Object({ items: Type.Array(SecurityEvent), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['admin'],
  },
  listKeys: {
    method: 'GET',
    path: '/v1/auth/jwks.json',
    answer: JsonWebKeySet,
  },
} as const satisfies Readonly<Record<string, ClientOperation>>;
