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
};
