import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import type { Bounce } from '#contracts/notification.ts';

import { instantOf } from './instant.ts';
import type { VendorReport } from './vendor-report.ts';

/** `notificationType` where an identity's notifications go to a topic, `eventType` where a configuration set publishes its events. */
const kinds = Compile(Type.Union([Type.Object({ notificationType: Type.String() }), Type.Object({ eventType: Type.String() })]));

/** Each is read by itself: one that is not as documented does not take the others with it. */
const recipients = Type.Array(Type.Unknown());
const recipient = Compile(Type.Object({ emailAddress: Type.String() }));
const BounceNotice = Type.Object({
  bounce: Type.Object({
    bounceType: Type.Union([Type.Literal('Permanent'), Type.Literal('Transient'), Type.Literal('Undetermined')]),
    bouncedRecipients: recipients,
    timestamp: Type.String(),
  }),
});
const ComplaintNotice = Type.Object({
  complaint: Type.Object({
    complainedRecipients: recipients,
    /** What the report says that it is, where the receiver sends one. */
    complaintFeedbackType: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    timestamp: Type.String(),
  }),
});
/** Who the mail was sent to. */
const mails = Compile(Type.Object({ mail: Type.Object({ destination: Type.Array(Type.String()) }) }));
const bounced = Compile(BounceNotice);
const complained = Compile(ComplaintNotice);

/** Told of a mail, and no reason to write to nobody: what else SES publishes, and what it says when a topic is set up. */
const OTHERS: ReadonlySet<string> = new Set([
  'Delivery',
  'Send',
  'Reject',
  'Open',
  'Click',
  'Rendering Failure',
  'DeliveryDelay',
  'Subscription',
  'AmazonSnsSubscriptionSucceeded',
]);

/** Reports that no recipient has made because of a mail that they did not want: one moved it out of the junk, or a server could not authenticate it. */
const NO_COMPLAINTS: ReadonlySet<string> = new Set(['not-spam', 'auth-failure']);

/**
 * What Amazon SES tells of a mail. A `Permanent` bounce and a complaint suppress the address; `Transient` and `Undetermined` ones do not. Pure.
 * https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
export function readSes(value: unknown): VendorReport {
  if (!kinds.Check(value)) return undefined;
  const kind = 'notificationType' in value ? value.notificationType : value.eventType;
  if (OTHERS.has(kind)) return [];
  const sentTo = mails.Check(value) ? value.mail.destination : [];
  if (kind === 'Bounce') return bounced.Check(value) ? bouncesIn(value, sentTo) : 'malformed';
  if (kind === 'Complaint') return complained.Check(value) ? complaintsIn(value, sentTo) : 'malformed';
  return undefined;
}

function bouncesIn({ bounce }: Static<typeof BounceNotice>, sentTo: readonly string[]): VendorReport {
  return bounce.bounceType === 'Permanent' ? suppressing(bounce.bouncedRecipients, sentTo, 'hard_bounce', bounce.timestamp) : [];
}

function complaintsIn({ complaint }: Static<typeof ComplaintNotice>, sentTo: readonly string[]): VendorReport {
  if (NO_COMPLAINTS.has(complaint.complaintFeedbackType ?? '')) return [];
  return suppressing(complaint.complainedRecipients, sentTo, 'complaint', complaint.timestamp);
}

/** Of a mail to one address it is that one: a report names the mailbox that a mail was forwarded to, and that one nobody writes to. */
function suppressing(
  reported: Static<typeof recipients>,
  sentTo: readonly string[],
  reason: Bounce['reason'],
  timestamp: string,
): VendorReport {
  const at = instantOf(timestamp);
  if (at === undefined) return 'malformed';
  const addresses =
    reported.length === 1 && sentTo.length === 1 ? sentTo : reported.map((one) => (recipient.Check(one) ? one.emailAddress : ''));
  return addresses.map((address) => ({ address: bare(address), reason, at }));
}

/** `Jane Doe <jane@example.com>` as `jane@example.com`: a receiver's report may have either. */
const bare = (address: string): string => /<([^<>]+)>\s*$/.exec(address)?.[1] ?? address.trim();
