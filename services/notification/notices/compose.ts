import type { OrderNotice, Preview } from '#contracts/notification.ts';
import type { EventType } from '#contracts/events.ts';

import type { SendDeps } from '../deps.ts';
import { mayContact, readContact, readEmail, readOrder } from '../sources/sources.repository.ts';
import { isSuppressed } from '../suppressions/service.ts';
import { parametersOf } from '../templates/parameters.ts';
import { languageOf, render } from '../templates/render.ts';
import type { Template } from '../templates/template.ts';
import { type ClaimedNotice, recordReader } from './notices.repository.ts';

/** Why somebody is not told. */
type Reason = 'nothing_to_tell' | 'no_address' | 'no_consent' | 'address_suppressed';

const paid = new Set(['captured', 'partly_refunded', 'refunded']);

/** An order that expired unpaid was left by its buyer, who knows. Pure. */
function isWorthTelling(type: EventType, order: OrderNotice): boolean {
  return type !== 'madeinworld.order.expired.v1' || paid.has(order.paymentState);
}

/** Reads whom a notice is for and what it says, or why it is not sent. What it answers is to be forgotten once it is sent. */
export async function compose(
  { db, region, secrets }: Pick<SendDeps, 'db' | 'region' | 'secrets'>,
  notice: ClaimedNotice,
  template: Template,
): Promise<{ readonly to: string; readonly mail: Preview } | Reason> {
  const order = await readOrder(db, notice.subject_id);
  if (order === null || !isWorthTelling(template.eventType, order)) return 'nothing_to_tell';
  const { accountId } = order;
  // Guests leave no address.
  if (accountId === null) return 'no_address';
  const contact = await readContact(db, accountId);
  const language = languageOf(contact?.language);
  await recordReader(db, notice, accountId, language);
  if (template.kind === 'marketing' && !(await mayContact(db, accountId, 'marketing_email'))) return 'no_consent';
  const to = await readEmail(db, accountId);
  if (to === null) return 'no_address';
  if (await isSuppressed({ db, secrets }, to)) return 'address_suppressed';
  return { to, mail: render(template, language, parametersOf(order, { name: contact?.name ?? null, language }, region)) };
}
