/** What a migration breaks, by `schema/name`, and why that harms nobody who was written before it. */
export const allowances: Readonly<Record<string, { readonly breaks: readonly string[]; readonly why: string }>> = {
  'auth/0002-account-states': {
    breaks: [
      "new rule on auth.account: CHECK ((role = ANY (ARRAY['customer'::text, 'support'::text, 'catalogue'::text, 'warehouse'::text, 'operator'::text, 'admin'::text])))",
      "new rule on auth.session: CHECK ((revoked_for = ANY (ARRAY['sign-out'::text, 'reuse'::text, 'disabled'::text])))",
    ],
    why: 'Each stands in the place of a narrower one.',
  },
  'auth/0004-sessions': {
    breaks: [
      "new rule on auth.session: CHECK ((revoked_for = ANY (ARRAY['sign-out'::text, 'reuse'::text, 'disabled'::text, 'ended'::text])))",
    ],
    why: 'It stands in the place of a narrower one.',
  },
  'auth/0007-phones': {
    breaks: [
      "new rule on auth.security_event: CHECK ((kind = ANY (ARRAY['code_sent'::text, 'sign_in'::text, 'sign_in_failed'::text, 'refresh_reuse'::text, 'sign_out'::text, 'session_ended'::text, 'role_changed'::text, 'factor_added'::text, 'factor_removed'::text, 'contact_added'::text, 'contact_changed'::text, 'contact_removed'::text, 'account_opened'::text, 'account_disabled'::text, 'account_enabled'::text, 'account_read'::text, 'erased'::text])))",
    ],
    why: 'It stands in the place of a narrower one.',
  },
  'notification/0004-sms': {
    breaks: ["new rule on notification.notice: CHECK ((channel = ANY (ARRAY['email'::text, 'sms'::text])))"],
    why: 'It stands in the place of a narrower one.',
  },
  'orders/0019-short-closures-of-refunds': {
    breaks: [
      "new rule on orders.refund: CHECK ((cause = ANY (ARRAY['cancelled'::text, 'too_late'::text, 'paid_twice'::text, 'returned'::text, 'short_closed'::text])))",
    ],
    why: 'It stands in the place of a narrower one.',
  },
};
