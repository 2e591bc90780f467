import { Type, type Static } from 'typebox';

export const SecurityEventKind = Type.Union([
  Type.Literal('code_sent'),
  Type.Literal('sign_in'),
  Type.Literal('sign_in_failed'),
  Type.Literal('refresh_reuse'),
  Type.Literal('sign_out'),
  Type.Literal('session_ended'),
  Type.Literal('role_changed'),
  Type.Literal('factor_added'),
  Type.Literal('factor_removed'),
  Type.Literal('account_disabled'),
  Type.Literal('account_enabled'),
  Type.Literal('account_read'),
  Type.Literal('erased'),
]);
export type SecurityEventKind = Static<typeof SecurityEventKind>;
