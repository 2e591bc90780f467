import { once } from 'node:events';

import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMailer, type Mailer } from './mail.ts';

describe('the mailer', () => {
  let server: SMTPServer;
  let mailer: Mailer;
  let received: { recipients: string[]; mail: Email }[];

  beforeEach(async () => {
    received = [];
    server = new SMTPServer({
      authOptional: true,
      hideSTARTTLS: true,
      onRcptTo: (address, _session, callback) => callback(address.address.startsWith('refused') ? new Error('no such mailbox') : null),
      onData(stream, session, callback) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
            received.push({ recipients: session.envelope.rcptTo.map(({ address }) => address), mail });
            callback();
          });
        });
      },
    });
    const listener = server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    mailer = await createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'no-reply@madeinworld.example' });
  });
  afterEach(async () => {
    mailer.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  it('hands a mail to the server, text beyond ASCII included', async () => {
    await mailer.send({ to: 'ada@madeinworld.example', subject: 'Grüße', text: '你好\n\n12345678\n' });
    expect(received).toHaveLength(1);
    expect(received[0]?.recipients).toEqual(['ada@madeinworld.example']);
    expect(received[0]?.mail).toMatchObject({ subject: 'Grüße', from: { address: 'no-reply@madeinworld.example' } });
    expect(received[0]?.mail.text).toContain('你好\n\n12345678\n');
  });

  it('never takes one address for two', async () => {
    const sent = mailer.send({ to: 'a@example.com, b@example.com', subject: 's', text: 't' });
    await sent.catch(() => undefined);
    expect(received.flatMap(({ recipients }) => recipients)).not.toContain('b@example.com');
  });

  it('rejects when the server does not take it', async () => {
    await expect(mailer.send({ to: 'refused@example.com', subject: 's', text: 't' })).rejects.toThrow('the mail was not taken');
  });
});
