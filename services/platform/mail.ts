import { Type, type Static } from 'typebox';

import { codeOf } from './errors.ts';

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
  /**
   * Hands the mail to the SMTP server. Throws MailNotTaken when that does not take it, or `signal` aborts first: what waits for a connection is not sent then, and the
   * connection of what is being sent is closed.
   */
  send(mail: Mail, signal?: AbortSignal): Promise<{ readonly providerMessageId: string | null }>;
  close(): void;
}

/**
 * Mail over SMTP (`url`: smtp:// or smtps://), on a small pool of kept connections. `login` is for servers that want one: SES and DirectMail are reached so, over their
 * SMTP endpoints. A login goes over TLS alone, unless the server is on this machine.
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
    // A login that went over in the clear would be anybody's on the way, who need but take STARTTLS out of the server's greeting.
    requireTLS: login !== undefined && !isOnThisMachine(options.url),
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
    async send({ to, subject, text, html, messageId }, signal) {
      try {
        const sent = await transport.sendMail({
          from: options.from,
          // As an object, so that an address is never parsed as a list of addresses.
          to: { name: '', address: to },
          subject,
          text,
          ...(html === undefined ? {} : { html }),
          ...(signal === undefined ? {} : { signal }),
          ...(messageId === undefined ? {} : { messageId: `<${messageId}@${domain}>` }),
        });
        return { providerMessageId: queuedAs(sent.response) };
      } catch (error) {
        throw mailNotTaken(error);
      }
    },
    close: () => transport.close(),
  };
}

const isOnThisMachine = (url: string): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);

/** Why a mail was not taken, in codes alone: servers quote addresses in what they say, so it is kept out of here, and of every log. */
export class MailNotTaken extends Error {
  override readonly name = 'MailNotTaken';
  /** Nodemailer's or the system's (`EENVELOPE`, `ECONNREFUSED`). */
  readonly code: string | undefined;
  /** The server's reply code (RFC 5321), where it replied. */
  readonly responseCode: number | undefined;

  constructor(code: string | undefined, responseCode: number | undefined, enhanced: string | undefined) {
    super(`the mail was not taken: ${[code, responseCode, enhanced].filter((part) => part !== undefined).join(' ') || 'no reason given'}`);
    this.code = code;
    this.responseCode = responseCode;
  }
}

/** What may be told of an error of nodemailer's; the enhanced status code (RFC 3463) is all that is taken from a reply. */
function mailNotTaken(error: unknown): MailNotTaken {
  const field = (name: string): unknown => (typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined);
  const [responseCode, reply] = [field('responseCode'), field('response')];
  const enhanced = typeof reply === 'string' ? /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] : undefined;
  return new MailNotTaken(codeOf(error), typeof responseCode === 'number' ? responseCode : undefined, enhanced);
}

/**
 * The provider's own id of a mail, where the last word of its reply is one: `250 Ok 0100018f-...` (SES), `250 Data Ok: queued as freedom ###envid=...###`
 * (DirectMail). Pure.
 */
export function queuedAs(reply: string): string | null {
  const last = reply.trim().split(/\s+/).at(-1) ?? '';
  return /^[A-Za-z0-9._#=+/-]{10,200}$/.test(last) ? last : null;
}
