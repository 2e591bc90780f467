import { messageOf } from './errors.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Hands the mail to the SMTP server; rejects when that does not take it. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Mail over SMTP (`url`: smtp:// or smtps://, with credentials where the server wants them), on a small pool of kept connections. */
export async function createMailer(options: { readonly url: string; readonly from: string }): Promise<Mailer> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url: options.url,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 3_000,
    greetingTimeout: 3_000,
    socketTimeout: 10_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text }) {
      try {
        // As an object, so that an address is never parsed as a list of addresses.
        await transport.sendMail({ from: options.from, to: { name: '', address: to }, subject, text });
      } catch (error) {
        throw new Error(`the mail was not taken: ${messageOf(error)}`, { cause: error });
      }
    },
    close: () => transport.close(),
  };
}
