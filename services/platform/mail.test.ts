import { inspect } from 'node:util';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMailer, type Mailer, queuedAs } from './mail.ts';

describe('the mailer', () => {
  let server: SMTPServer;
  let mailer: Mailer;
  let received: { recipients: string[]; mail: Email }[];
  let signedIn: { username: unknown; password: unknown }[];
  let url: string;

  beforeEach(async () => {
    received = [];
    signedIn = [];
    server = new SMTPServer({
      authOptional: true,
      onAuth({ username, password }, _session, callback) {
        signedIn.push({ username, password });
        callback(null, { user: String(username) });
      },
      hideSTARTTLS: true,
      onRcptTo: (address, _session, callback) => callback(address.address.startsWith('refused') ? new Error('no such mailbox') : null),
      onData(stream, session, callback) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
            received.push({ recipients: session.envelope.rcptTo.map(({ address }) => address), mail });
            callback(null, 'Ok 0100018f2b6c7d8e-5a0b');
          });
        });
      },
    });
    const listener = server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    url = `smtp://127.0.0.1:${port}`;
    mailer = await createMailer({ url, from: 'no-reply@madeinworld.example' });
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

  it('says under which id the provider has it, and under which it was sent', async () => {
    const sent = await mailer.send({ to: 'ada@example.com', subject: 's', text: 't', html: '<p>t</p>', messageId: 'one' });
    expect(sent).toEqual({ providerMessageId: '0100018f2b6c7d8e-5a0b' });
    expect(received[0]?.mail).toMatchObject({ messageId: '<one@madeinworld.example>', text: 't\n', html: '<p>t</p>\n' });
    expect(queuedAs('250 2.1.5 kept')).toBeNull();
    expect(queuedAs('250 queued for ada@example.com')).toBeNull();
  });

  it('signs in where the server wants it', async () => {
    const member = await createMailer({ url, from: 'a@b.example', login: { username: 'mailer', password: 'p@ss/word' } });
    await member.send({ to: 'ada@example.com', subject: 's', text: 't' });
    member.close();
    expect(signedIn).toEqual([{ username: 'mailer', password: 'p@ss/word' }]);
  });

  it.runIf(process.platform === 'linux')('signs in to no other machine in the clear', async () => {
    // The same server under an address that is not taken for this machine's.
    const elsewhere = createServer((socket) => {
      const onward = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => onward.destroy()).pipe(onward);
      onward.on('error', () => socket.destroy()).pipe(socket);
    }).listen(0, '127.0.0.2');
    await once(elsewhere, 'listening');
    const address = elsewhere.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const open = (login: object) => createMailer({ url: `smtp://127.0.0.2:${port}`, from: 'a@b.example', ...login });
    const [member, stranger] = [await open({ login: { username: 'mailer', password: 'p@ss/word' } }), await open({})];
    await expect(member.send({ to: 'ada@example.com', subject: 's', text: 't' })).rejects.toMatchObject({ name: 'MailNotTaken' });
    await stranger.send({ to: 'ada@example.com', subject: 's', text: 't' });
    member.close();
    stranger.close();
    elsewhere.close();
    expect([signedIn, received.length]).toEqual([[], 1]);
  });

  it('rejects when the server does not take it', async () => {
    const refused: unknown = await mailer.send({ to: 'refused@example.com', subject: 's', text: 't' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'EENVELOPE', responseCode: expect.any(Number) });
    expect(inspect(refused, { depth: 9, showHidden: true })).toContain('the mail was not taken: EENVELOPE');
    expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain('refused@');
  });
});
