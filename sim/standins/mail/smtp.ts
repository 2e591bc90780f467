import { buffer } from 'node:stream/consumers';

import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

import { announceListening, logLine } from '../child.ts';
import type { MailStore } from './store.ts';

const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * An SMTP server (RFC 5321) which accepts every message up to 1 MiB, without credentials, and puts it into the store under the addresses
 * of its envelope. A message is answered with 250 only when the store has it.
 */
function createMailSink(store: MailStore): SMTPServer {
  return new SMTPServer({
    banner: 'mail sink: nothing leaves this machine',
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    size: MAX_MESSAGE_BYTES,
    closeTimeout: 500,
    onData(stream, session, callback) {
      const keep = async (): Promise<void> => {
        const raw = await buffer(stream);
        if (stream.sizeExceeded) throw Object.assign(new Error('The message is too large'), { responseCode: 552 });
        const mail = await PostalMime.parse(raw);
        const { mailFrom, rcptTo } = session.envelope;
        await store.add({
          from: mailFrom === false ? '' : mailFrom.address.toLowerCase(),
          to: [...new Set(rcptTo.map((recipient) => recipient.address.toLowerCase()))],
          subject: mail.subject ?? '',
          text: mail.text ?? '',
          receivedAt: new Date().toISOString(),
        });
      };
      keep().then(
        () => callback(null, 'kept'),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
}

/** Starts the SMTP server as `mail:smtp`; gives back how to stop it. */
export async function openSmtp(store: MailStore, port: number): Promise<() => Promise<void>> {
  const sink = createMailSink(store);
  sink.on('error', (error) => logLine('warn', 'SMTP connection failed', { error: error.message }));
  const bound = await new Promise<number>((resolve, reject) => {
    sink.server.once('error', reject);
    const server = sink.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The SMTP server is not bound to a TCP port'));
      else resolve(address.port);
    });
  });
  announceListening('mail:smtp', `smtp://127.0.0.1:${bound}`);
  return () => new Promise<void>((resolve) => sink.close(resolve));
}
