import type { OrderNotice } from '#contracts/notification.ts';
import type { EventType } from '#contracts/events.ts';
import type { Region } from '#contracts/regions.ts';
import type { Language } from '#contracts/user.ts';
import type { Sms } from '#platform/sms/sms.ts';

import type { NotificationDb, SendDeps } from '../deps.ts';
import { mayContact, readContact, readEmail, readLinkedAccount, readOrder, readPhone } from '../sources/sources.repository.ts';
import { isSuppressed, suppressionReason } from '../suppressions/service.ts';
import { accountParametersOf, isPaid, parametersOf } from '../templates/parameters.ts';
import { languageOf, type MailText, render } from '../templates/render.ts';
import type { LinkTemplate, OrderParameters, OrderTemplate, Template } from '../templates/template.ts';
import { accountTextMessage, textMessage } from '../templates/text-message.ts';
import { type ClaimedNotice, recordReader } from './notices.repository.ts';

type ComposeDeps = Pick<SendDeps, 'db' | 'region' | 'secrets' | 'sms'>;

/** Why somebody is not told. */
export type Reason = 'nothing_to_tell' | 'no_address' | 'no_consent' | 'address_suppressed' | 'sms_not_configured';

/** What is to be sent: a mail, a text message, or, in place of a mail, a notice by text message. */
export type Composed =
  | { readonly by: 'email'; readonly to: string; readonly mail: MailText }
  | { readonly by: 'sms'; readonly sms: Sms }
  | { readonly by: 'another-notice' };

/** Whom a notice is for, and what it says. */
interface Reading {
  readonly accountId: string;
  readonly mail: MailText;
  /** Null where there is no text message of it; or why there is none. */
  readonly text: Omit<Sms, 'to'> | null | Reason;
}

/** What a notice is about, by its template. */
type Subject =
  | { readonly template: OrderTemplate; readonly accountId: string | null; readonly order: OrderNotice }
  | { readonly template: LinkTemplate; readonly accountId: string };

/** An order that expired unpaid was left by its buyer, who knows. Pure. */
function isWorthTelling(type: EventType, order: OrderNotice): boolean {
  return type !== 'madeinworld.order.expired.v1' || isPaid(order);
}

/** Reads whom a notice is for and what it says, or why it is not sent. What it answers is to be forgotten once it is sent. */
export async function compose(deps: ComposeDeps, notice: ClaimedNotice, template: Template): Promise<Composed | Reason> {
  const { db, region } = deps;
  const subject = await subjectOf(db, notice.subject_id, template);
  if (subject === undefined) return 'nothing_to_tell';
  const { accountId } = subject;
  // Guests leave no address.
  if (accountId === null) return 'no_address';
  const contact = await readContact(db, accountId);
  const language = languageOf(contact?.language, region);
  // A link's number says nothing of anybody, and is the same in both regions: kept beside an account it would tie the two after the link's end.
  await recordReader(db, notice, template.about === 'link' ? null : accountId, language);
  if (template.kind === 'marketing' && !(await mayContact(db, accountId, 'marketing_email'))) return 'no_consent';
  const words = wordsOf(subject, { name: contact?.name ?? null, language }, region, notice.occurred_at);
  const reading = { accountId, ...words };
  return notice.channel === 'email' ? composeMail(deps, reading) : composeSms(deps, reading);
}

/** Undefined where there is nothing to tell. */
async function subjectOf(db: NotificationDb, subjectId: string, template: Template): Promise<Subject | undefined> {
  if (template.about === 'link') {
    // A link that has ended meanwhile is nobody's any more.
    const accountId = await readLinkedAccount(db, subjectId);
    return accountId === null ? undefined : { template, accountId };
  }
  const order = await readOrder(db, subjectId);
  if (order === null || !isWorthTelling(template.eventType, order)) return undefined;
  return { template, accountId: order.accountId, order };
}

/** Pure. */
function wordsOf(
  subject: Subject,
  reader: { readonly name: string | null; readonly language: Language },
  region: Region,
  at: string | null,
): Pick<Reading, 'mail' | 'text'> {
  const { language } = reader;
  if (!('order' in subject)) {
    const { template } = subject;
    return {
      mail: render(template, language, accountParametersOf(reader.name, region)),
      text: accountTextMessage(template, language),
    };
  }
  const { template, order } = subject;
  const parameters = parametersOf(order, reader, region, at);
  return { mail: render(template, language, parameters), text: orderTextMessage(template, language, parameters) };
}

/** Pure. */
function orderTextMessage(template: OrderTemplate, language: Language, parameters: OrderParameters): Reading['text'] {
  // Who cancels what was never paid knows of it; and orders cost nothing, while each text message is paid for.
  if (template.eventType === 'madeinworld.order.cancelled.v1' && !parameters.isPaid) return 'nothing_to_tell';
  // The text messages of a return, and of a rest that will not come, say that money goes back, and have no other wording: carriers approve each.
  if (template.eventType === 'madeinworld.return.accepted.v1' && !parameters.isMoneyOwed) return 'nothing_to_tell';
  if (template.eventType === 'madeinworld.order.short_closed.v1' && parameters.shortClosedMoney === null) return 'nothing_to_tell';
  return textMessage(template, language, parameters);
}

async function composeMail(deps: ComposeDeps, reading: Reading): Promise<Composed | Reason> {
  const to = await readEmail(deps.db, reading.accountId);
  const suppressed = to === null ? undefined : await suppressionReason(deps, to);
  // A mailbox that is none reaches nobody, as no address does. Who has complained of our mails wants to hear less of us, and not by another way.
  if (to === null || suppressed === 'hard_bounce') {
    const instead = await composeSms(deps, reading);
    if (typeof instead !== 'string') return { by: 'another-notice' };
    return to === null ? instead : 'address_suppressed';
  }
  if (suppressed !== undefined) return 'address_suppressed';
  return { by: 'email', to, mail: reading.mail };
}

async function composeSms(deps: ComposeDeps, { accountId, text }: Reading): Promise<Composed | Reason> {
  if (typeof text === 'string') return text;
  const to = text === null ? null : await readPhone(deps.db, accountId);
  if (text === null || to === null) return 'no_address';
  if (deps.sms === undefined) return 'sms_not_configured';
  if (await isSuppressed(deps, to)) return 'address_suppressed';
  return { by: 'sms', sms: { to, ...text } };
}
