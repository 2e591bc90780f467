import { Type, type Static } from 'typebox';

import { EventType } from './events.ts';
import { Language } from './user.ts';
import { Currency } from './currency.ts';
import { closed, Instant, orNull, page, sortBy, Uuid } from './values.ts';

const Minor = Type.Integer({ minimum: 0, maximum: 999_999_999_999 });

/**
 * What `orders.notice_of` tells of an order, as its customer sees it, as far as it is read. Whoever tells a customer reads it at that moment and keeps none of it.
 * `accountId` is null where a guest has bought. Amounts are minor units of `currency`.
 */
export const OrderNotice = Type.Object({
  accountId: orNull(Uuid),
  number: Type.String({ minLength: 1, maxLength: 64 }),
  /** With it mails say of which day an order is. */
  createdAt: Type.Optional(Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T' })),
  paymentState: Type.String(),
  currency: Currency,
  lines: Type.Array(Type.Object({ name: Type.String(), quantity: Type.Integer({ minimum: 1 }), totalMinor: Minor })),
  shippingMinor: Minor,
  totalMinor: Minor,
  /** What has been given back so far. */
  refundedMinor: Minor,
  /** The newest last. */
  shipments: Type.Array(
    Type.Object({
      carrier: orNull(Type.String()),
      trackingCode: orNull(Type.String()),
      shippedAt: Instant,
      lines: Type.Array(Type.Object({ name: Type.String(), quantity: Type.Integer({ minimum: 1 }) })),
    }),
  ),
  /** What will not come any more, and what is paid back for it; null where nothing was given up. Absent where orders is of the release before. */
  shortClosure: Type.Optional(
    orNull(
      Type.Object({ amountMinor: Minor, lines: Type.Array(Type.Object({ name: Type.String(), quantity: Type.Integer({ minimum: 1 }) })) }),
    ),
  ),
  /** What each gives back, the newest last. */
  returns: Type.Array(Type.Object({ amountMinor: Minor, acceptedAt: Instant })),
});
export type OrderNotice = Static<typeof OrderNotice>;

export const NoticeState = Type.Union([
  Type.Literal('queued'),
  Type.Literal('sending'),
  Type.Literal('sent'),
  Type.Literal('suppressed'),
  Type.Literal('failed'),
  Type.Literal('dead'),
]);
export type NoticeState = Static<typeof NoticeState>;

/** By mail, or by text message where somebody has a telephone number alone. */
export const NoticeChannel = Type.Union([Type.Literal('email'), Type.Literal('sms')]);
export type NoticeChannel = Static<typeof NoticeChannel>;

/** That somebody was, or will be, told of something. Neither whom by name or address, nor in which words. */
export const Notice = Type.Object({
  id: Uuid,
  eventId: Type.String(),
  eventType: Type.String(),
  /** What the event is about: an order's id, say. */
  subjectId: Type.String(),
  accountId: orNull(Uuid),
  channel: NoticeChannel,
  template: Type.String(),
  /** Null until it was known. */
  language: orNull(Language),
  state: NoticeState,
  attempts: Type.Integer({ minimum: 0 }),
  nextTryAt: orNull(Instant),
  providerMessageId: orNull(Type.String()),
  /** Why it was suppressed or could not be sent. */
  errorCode: orNull(Type.String()),
  createdAt: Instant,
  sentAt: orNull(Instant),
});
export type Notice = Static<typeof Notice>;

export const NoticeListQuery = Type.Object(
  { ...page, state: Type.Optional(NoticeState), type: Type.Optional(EventType), sort: sortBy('createdAt') },
  closed,
);
export type NoticeListQuery = Static<typeof NoticeListQuery>;

/** `transactional` needs no consent, since it belongs to what was bought, or to what was asked for; `marketing` does. */
export const Template = Type.Object({
  name: Type.String(),
  eventType: EventType,
  kind: Type.Union([Type.Literal('transactional'), Type.Literal('marketing')]),
  languages: Type.Array(Language),
});
export type Template = Static<typeof Template>;

export const PreviewRequest = Type.Object({ language: Language }, closed);
export const Preview = Type.Object({
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  /** Null where there is no text message of it. */
  sms: orNull(Type.String()),
});
export type Preview = Static<typeof Preview>;

export const SuppressionReason = Type.Union([Type.Literal('hard_bounce'), Type.Literal('complaint')]);
export type SuppressionReason = Static<typeof SuppressionReason>;

/** A mail address, or a telephone number in E.164. */
const Address = Type.String({
  minLength: 3,
  maxLength: 320,
  description: 'an e-mail address, or a phone number with its plus',
  pattern: '^([^@\\s\\u0000-\\u001f]+@[^@\\s\\u0000-\\u001f]+|\\+[1-9][0-9]{6,14})$',
});

/** What the provider of mail, or of text messages, tells of an address. */
export const Bounce = Type.Object({ address: Address, reason: SuppressionReason, at: Instant }, closed);
export type Bounce = Static<typeof Bounce>;

/** An address that gets nothing any more, by a keyed digest: whoever has the list cannot tell whose it is, nor try addresses out. */
export const Suppression = Type.Object({
  id: Uuid,
  addressDigest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  reason: SuppressionReason,
  at: Instant,
});
export type Suppression = Static<typeof Suppression>;

export const SuppressionSearch = Type.Object({ address: Address }, closed);
export const SuppressionListQuery = Type.Object({ ...page, sort: sortBy('at') }, closed);
export type SuppressionListQuery = Static<typeof SuppressionListQuery>;
