import { Type, type Static } from 'typebox';

import { messageOf } from './errors.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same as `text` for readers of HTML. */
  readonly html?: string;
  /** Becomes the left half of Message-ID: a mail that is sent twice under one can be known for the same. */
  readonly messageId?: string;
}

/** What an SMTP server wants to know of who sends. */
export const MailLogin = Type.Object({ username: Type.String({ minLength: 1 }), password: Type.String({ minLength: 1 }) });

export interface Mailer {
  /** Hands the mail to the SMTP server; rejects when that does not take it. The message of the error may quote the address: it is not fit for a log. */
  send(mail: Mail): Promise<{ readonly providerMessageId: string | null }>;
  close(): void;
}

/**
 * Mail over SMTP (`url`: smtp:// or smtps://), on a small pool of kept connections. `login` is for servers that want one: SES and DirectMail are reached so, over their
 * SMTP endpoints.
 */
export async function createMailer(options: {
  readonly url: string;
  readonly from: string;
  readonly login?: Static<typeof MailLogin>;
}): Promise<Mailer> {
  const { createTransport } = await import('nodemailer');
  const { login } = options;
  const transport = createTransport({
    url: options.url,
    ...(login === undefined ? {} : { auth: { user: login.username, pass: login.password } }),
    pool: true,
    maxConnections: 2,
    connectionTimeout: 3_000,
    greetingTimeout: 3_000,
    socketTimeout: 10_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = options.from.replace(/^.*@/, '').replace(/[^A-Za-z0-9.-]/g, '');
  return {
    async send({ to, subject, text, html, messageId }) {
      try {
        const sent = await transport.sendMail({
          from: options.from,
          // As an object, so that an address is never parsed as a list of addresses.
          to: { name: '', address: to },
          subject,
          text,
          ...(html === undefined ? {} : { html }),
          ...(messageId === undefined ? {} : { messageId: `<${messageId}@${domain}>` }),
        });
        return { providerMessageId: queuedAs(sent.response) };
      } catch (error) {
        throw new Error(`the mail was not taken: ${messageOf(error)}`, { cause: error });
      }
    },
    close: () => transport.close(),
  };
}

/**
 * The provider's own id of a mail, where the last word of its reply is one: `250 Ok 0100018f-...` (SES), `250 Data Ok: queued as freedom ###envid=...###`
 * (DirectMail). Pure.
 */
export function queuedAs(reply: string): string | null {
  const last = reply.trim().split(/\s+/).at(-1) ?? '';
  return /^[A-Za-z0-9._#=+/-]{10,200}$/.test(last) ? last : null;
}
