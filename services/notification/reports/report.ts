import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { Bounce } from '#contracts/notification.ts';

import { readDirectMail } from './direct-mail.ts';
import { readSes } from './ses.ts';
import { readSmsReport } from './sms-report.ts';
import type { VendorReport } from './vendor-report.ts';

/** What a vendor's message turned out to tell: whom to write to no more, nothing of that kind, or nothing that is understood. */
export type Report =
  /** `unfit`: how many recipients were told of beside these by what is no address. `type` says of what kind the message is. */
  | { readonly kind: 'bounces'; readonly bounces: readonly Bounce[]; readonly unfit: number; readonly type: string | null }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly type: string | null };

type RefusalReason = 'not_json' | 'malformed' | 'unknown_type';

const readers: readonly ((value: unknown) => VendorReport)[] = [readSes, readDirectMail, readSmsReport];
const bounces = Compile(Bounce);

/**
 * What SNS puts around a message on its way to a queue, unless the subscription is one of raw delivery.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
 */
const envelopes = Compile(Type.Object({ Type: Type.Literal('Notification'), TopicArn: Type.String(), Message: Type.String() }));

/** Reads what a vendor tells of a mail or a text message. Of several recipients those count whose addresses are some; where none is, the report is refused. Pure. */
export function readReport(body: string): Report {
  const outer = parsed(body);
  const value = envelopes.Check(outer) ? parsed(outer.Message) : outer;
  if (value === undefined) return { kind: 'refused', reason: 'not_json', type: null };
  for (const read of readers) {
    const told = read(value);
    if (told === undefined) continue;
    if (told !== 'malformed' && told.length === 0) return { kind: 'nothing' };
    const fit = told === 'malformed' ? [] : told.filter((bounce) => bounces.Check(bounce));
    if (fit.length === 0) return { kind: 'refused', reason: 'malformed', type: typeOf(value) };
    return { kind: 'bounces', bounces: fit, unfit: told.length - fit.length, type: typeOf(value) };
  }
  return { kind: 'refused', reason: 'unknown_type', type: typeOf(value) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The vendors' types are words like `Bounce` and `dm:Deliver:Fail`. What is none is not kept: it might be anything, and anybody's. */
function typeOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, type] of Object.entries(value))
    if (/^(notificationType|eventType|type|Type)$/.test(name) && typeof type === 'string' && /^[A-Za-z:. ]{1,60}$/.test(type)) return type;
  return null;
}
