import { Type, type Static } from 'typebox';

import { Money, Uuid } from '#contracts/values.ts';

/** What is spoken with the provider, both ways. */

export const PaymentRequest = Type.Object({ id: Uuid, amount: Money, method: Type.String() });
export type PaymentRequest = Static<typeof PaymentRequest>;

/** `pending`: it will call back. */
export const PaymentReport = Type.Object({
  id: Uuid,
  state: Type.Union([Type.Literal('captured'), Type.Literal('failed'), Type.Literal('pending')]),
});
export type PaymentReport = Static<typeof PaymentReport>;

/**
 * What the provider answers with a 404 where it is asked about a payment that it has never heard of. Any other 404 is of whoever stands before it, or of a wrong address: a payment that was captured
 * would be given up as failed.
 */
export const PaymentAbsent = Type.Object({ id: Uuid, state: Type.Literal('absent') });

export const RefundRequest = Type.Object({ id: Uuid, paymentId: Uuid, amount: Money });
export type RefundRequest = Static<typeof RefundRequest>;

export const RefundReport = Type.Object({ id: Uuid, state: Type.Union([Type.Literal('done'), Type.Literal('failed')]) });
export type RefundReport = Static<typeof RefundReport>;

/** The header of a callback, which the provider signs: platform/webhooks/signature.ts. */
export const SIGNATURE_HEADER = 'payment-signature';

/** What the provider tells by itself. More may stand in it. */
export const PaymentCallback = Type.Object({ paymentId: Uuid, outcome: Type.Union([Type.Literal('captured'), Type.Literal('failed')]) });
export type PaymentCallback = Static<typeof PaymentCallback>;

/** What both sides know, from the region's secret store: what lets us in there, and what signs the callbacks. */
export const ProviderSecret = Type.Object({ apiKey: Type.String({ minLength: 32 }), callbackSecret: Type.String({ minLength: 32 }) });
export type ProviderSecret = Static<typeof ProviderSecret>;
export const providerSecretName = 'madeinworld/order/payment-provider';
