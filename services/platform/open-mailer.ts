import { Type, type Static } from 'typebox';

import { createMailer, type Mailer, MailLogin } from './mail.ts';
import type { Secrets } from './secrets/index.ts';

/** Where mails go: the same for each service that sends some. */
export const MailConfig = Type.Object({
  MAIL_URL: Type.String({ pattern: '^smtps?://' }),
  MAIL_FROM: Type.String({ minLength: 3 }),
  /** The secret with the login of the SMTP server, read at the start; without it the server wants none. */
  MAIL_LOGIN_SECRET: Type.Optional(Type.String({ minLength: 1 })),
});

/** The mailer that the configuration names, signed in as its secret says. */
export async function openMailer(config: Static<typeof MailConfig>, secrets: Pick<Secrets, 'json'>): Promise<Mailer> {
  const { MAIL_URL: url, MAIL_FROM: from, MAIL_LOGIN_SECRET: secretName } = config;
  const login = secretName === undefined ? undefined : await secrets.json(secretName, MailLogin);
  return createMailer({ url, from, ...(login === undefined ? {} : { login }) });
}
