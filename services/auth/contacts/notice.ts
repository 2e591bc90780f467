import { sendMessage } from '../messages/send.ts';
import type { AuthDeps } from '../deps.ts';
import { allowsNotice } from '../throttle/throttle.ts';
import { type Addresses, contactsOf } from './contact.ts';
import { contactNotice } from './message.ts';

type Deps = Pick<AuthDeps, 'region' | 'db' | 'secrets' | 'mailer' | 'sms' | 'outgoing' | 'log'>;

/**
 * Tells what an account was reached by before that this has changed: its owner hears of what somebody else does with a session that was left open. The change
 * is made by then, so a message that is not taken is logged, and no more. A number is told a few times a day: text messages are paid for, and contacts can be changed without end.
 */
export async function tellOfChange(deps: Deps, accountId: string, before: Addresses): Promise<void> {
  for (const contact of contactsOf(before)) {
    try {
      if (contact.kind === 'phone' && !(await allowsNotice(deps, contact))) continue;
      await deps.outgoing[contact.kind].enter(async () => sendMessage(deps, contact, contactNotice(deps.region)));
    } catch (error) {
      deps.log.warn({ accountId, kind: contact.kind, err: error }, 'nobody was told that a contact has changed');
    }
  }
}
