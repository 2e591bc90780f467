import type { OrderNotice } from '#contracts/notification.ts';
import type { EventType } from '#contracts/events.ts';
import type { Language } from '#contracts/user.ts';
import type { Sms } from '#platform/sms/sms.ts';

import type { SendDeps } from '../deps.ts';
import { mayContact, readContact, readEmail, readOrder, readPhone } from '../sources/sources.repository.ts';
import { isSuppressed, suppressionReason } from '../suppressions/service.ts';
import { isPaid, parametersOf } from '../templates/parameters.ts';
import { languageOf, type MailText, render } from '../templates/render.ts';
import type { OrderParameters, Template } from '../templates/template.ts';
import { textMessage } from '../templates/text-message.ts';
import { type ClaimedNotice, recordReader } from './notices.repository.ts';

type ComposeDeps = Pick<SendDeps, 'db' | 'region' | 'secrets' | 'sms'>;

/** Why somebody is not told. */
export type Reason = 'nothing_to_tell' | 'no_address' | 'no_consent' | 'address_suppressed' | 'sms_not_configured';

/** What is to be sent: a mail, a text message, or, in place of a mail, a notice by text message. */
export type Composed =
  | { readonly by: 'email'; readonly to: string; readonly mail: MailText }
  | { readonly by: 'sms'; readonly sms: Sms }
  | { readonly by: 'another-notice' };

interface Reader {
  readonly accountId: string;
  readonly language: Language;
  readonly parameters: OrderParameters;
}

/** An order that expired unpaid was left by its buyer, who knows. Pure. */
function isWorthTelling(type: EventType, order: OrderNotice): boolean {
  return type !== 'madeinworld.order.expired.v1' || isPaid(order);
}

/** Reads whom a notice is for and what it says, or why it is not sent. What it answers is to be forgotten once it is sent. */
export async function compose(deps: ComposeDeps, notice: ClaimedNotice, template: Template): Promise<Composed | Reason> {
  const { db, region } = deps;
  const order = await readOrder(db, notice.subject_id);
  if (order === null || !isWorthTelling(template.eventType, order)) return 'nothing_to_tell';
  const { accountId } = order;
  // Guests leave no address.
  if (accountId === null) return 'no_address';
  const contact = await readContact(db, accountId);
  const language = languageOf(contact?.language, region);
  await recordReader(db, notice, accountId, language);
  if (template.kind === 'marketing' && !(await mayContact(db, accountId, 'marketing_email'))) return 'no_consent';
  const reader = {
    accountId,
    language,
    parameters: parametersOf(order, { name: contact?.name ?? null, language }, region, notice.occurred_at),
  };
  return notice.channel === 'email' ? composeMail(deps, template, reader) : composeSms(deps, template, reader);
}

async function composeMail(deps: ComposeDeps, template: Template, reader: Reader): Promise<Composed | Reason> {
  const to = await readEmail(deps.db, reader.accountId);
  const suppressed = to === null ? undefined : await suppressionReason(deps, to);
  // A mailbox that is none reaches nobody, as no address does. Who has complained of our mails wants to hear less of us, and not by another way.
  if (to === null || suppressed === 'hard_bounce') {
    const instead = await composeSms(deps, template, reader);
    if (typeof instead !== 'string') return { by: 'another-notice' };
    return to === null ? instead : 'address_suppressed';
  }
  if (suppressed !== undefined) return 'address_suppressed';
  return { by: 'email', to, mail: render(template, reader.language, reader.parameters) };
}

async function composeSms(deps: ComposeDeps, template: Template, { accountId, language, parameters }: Reader): Promise<Composed | Reason> {
  // Who cancels what was never paid knows of it; and orders cost nothing, while each text message is paid for.
  if (template.eventType === 'madeinworld.order.cancelled.v1' && !parameters.isPaid) return 'nothing_to_tell';
  // The text message of a return says that money goes back, and has no other wording: carriers approve each.
  if (template.eventType === 'madeinworld.return.accepted.v1' && !parameters.isMoneyOwed) return 'nothing_to_tell';
  const message = textMessage(template, language, parameters);
  const to = message === null ? null : await readPhone(deps.db, accountId);
  if (message === null || to === null) return 'no_address';
  if (deps.sms === undefined) return 'sms_not_configured';
  if (await isSuppressed(deps, to)) return 'address_suppressed';
  return { by: 'sms', sms: { to, ...message } };
}
