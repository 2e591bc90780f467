import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { instantOf } from './instant.ts';
import type { VendorReport } from './vendor-report.ts';

/** A CloudEvent of DirectMail's. EventBridge spells its source in both ways. */
const events = Compile(
  Type.Object({ source: Type.Union([Type.Literal('acs:dm'), Type.Literal('acs.dm')]), type: Type.String({ pattern: '^dm:' }) }),
);
const failures = Compile(
  Type.Object({
    type: Type.Literal('dm:Deliver:Fail'),
    time: Type.String(),
    data: Type.Object({ rcpt: Type.String(), status: Type.String() }),
  }),
);
const complaints = Compile(
  Type.Object({ type: Type.Literal('dm:Feedback:FblReport'), time: Type.String(), data: Type.Object({ block_email: Type.String() }) }),
);

/** Of a mail that was not delivered: the address is none. The others are 3, taken for spam, and 4, which is everything else. */
const ADDRESS_INVALID = '2';

/**
 * What Alibaba DirectMail tells of a mail, as an event rule of EventBridge puts it into a queue whole. A failure of an address that is none suppresses it, and so does a
 * report of a mailbox provider's feedback loop. Pure.
 * https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type
 */
export function readDirectMail(value: unknown): VendorReport {
  if (!events.Check(value)) return undefined;
  if (value.type === 'dm:Deliver:Fail') {
    const at = failures.Check(value) ? instantOf(value.time) : undefined;
    if (!failures.Check(value) || at === undefined) return 'malformed';
    return value.data.status === ADDRESS_INVALID ? [{ address: value.data.rcpt.trim(), reason: 'hard_bounce', at }] : [];
  }
  if (value.type === 'dm:Feedback:FblReport') {
    const at = complaints.Check(value) ? instantOf(value.time) : undefined;
    if (!complaints.Check(value) || at === undefined) return 'malformed';
    return [{ address: value.data.block_email.trim(), reason: 'complaint', at }];
  }
  // Delivered, opened, clicked, unsubscribed: of no concern here, and neither is what DirectMail may learn to tell.
  return [];
}
