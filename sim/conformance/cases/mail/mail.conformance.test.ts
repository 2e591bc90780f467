import { randomUUID } from 'node:crypto';

import { createTransport, type SendMailOptions } from 'nodemailer';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { expect } from 'vitest';

import { createMailer } from '#platform/mail.ts';
import { mail } from '../../behaviours/mail.ts';
import { startMail, type MailTarget } from '../../components/mail.ts';
import { conformance } from '../../frame/conformance.ts';

const { target, shows, refuses, run } = conformance(mail, startMail);

const Message = Type.Object({ from: Type.String(), to: Type.Array(Type.String()), subject: Type.String(), text: Type.String() });
const Listing = Type.Object({ messages: Type.Array(Message) });

const fresh = (): string => `${randomUUID()}@madeinworld.example`;

async function send(options: SendMailOptions, sink: MailTarget = target()): Promise<void> {
  const transport = createTransport({ url: sink.smtpUrl, ignoreTLS: true });
  await transport.sendMail({ from: 'No Reply <no-reply@madeinworld.example>', subject: 'Your sign-in code', ...options });
  transport.close();
}

async function list(to: string, sink: MailTarget = target()): Promise<Static<typeof Message>[]> {
  return Value.Parse(Listing, await (await fetch(`${sink.httpUrl}/messages?to=${to}`)).json()).messages;
}

const latest = (to: string): Promise<Response> => fetch(`${target().httpUrl}/messages/latest?to=${to}`);

shows('in-and-out', async () => {
  const to = fresh();
  await send({ to, subject: 'Prüfung 验证码', text: 'grüße 你好 🏮\n23456789\n' });
  const [message] = await list(to);
  expect(message).toMatchObject({ from: 'no-reply@madeinworld.example', to: [to], subject: 'Prüfung 验证码' });
  expect(message?.text.trim()).toBe('grüße 你好 🏮\n23456789');
});

shows('newest-first', async () => {
  const to = fresh();
  for (const text of ['one', 'two', 'three']) await send({ to: to.toUpperCase(), text });
  expect((await list(to)).map(({ text }) => text.trim())).toEqual(['three', 'two', 'one']);
  expect(Value.Parse(Message, await (await latest(to)).json()).text.trim()).toBe('three');
});

shows('several-recipients', async () => {
  const [a, b] = [fresh(), fresh()];
  await send({ to: [a, b], text: 'both' });
  for (const to of [a, b]) expect(await list(to)).toMatchObject([{ to: [a, b] }]);
});

shows('none-yet', async () => {
  const to = fresh();
  expect((await latest(to)).status).toBe(404);
  await send({ to, text: 'x' });
  expect((await latest(to)).status).toBe(200);
  expect((await fetch(`${target().httpUrl}/messages`, { method: 'DELETE' })).status).toBe(204);
  expect((await latest(to)).status).toBe(404);
});

shows('production-client', async () => {
  const to = fresh();
  const mailer = await createMailer({ url: target().smtpUrl, from: 'no-reply@madeinworld.example' });
  try {
    await mailer.send({ to, subject: 'Your code', text: '12345678' });
  } finally {
    mailer.close();
  }
  expect(await list(to)).toMatchObject([{ from: 'no-reply@madeinworld.example', subject: 'Your code' }]);
});

shows('restart', async () => {
  const other = await startMail(run);
  const to = fresh();
  await send({ to, text: 'before' }, other);
  const again = await other.restarted();
  try {
    await send({ to, text: 'after' }, again);
    expect((await list(to, again)).map(({ text }) => text.trim())).toEqual(['after', 'before']);
  } finally {
    await again.stop();
  }
});

refuses('tls', async () => {
  const transport = createTransport({ url: target().smtpUrl, requireTLS: true });
  await expect(transport.sendMail({ from: 'a@madeinworld.example', to: fresh(), text: 'x' })).rejects.toThrow(/STARTTLS|TLS/);
  transport.close();
});

refuses('authentication', async () => {
  const { hostname: host, port } = new URL(target().smtpUrl);
  const transport = createTransport({ host, port: Number(port), ignoreTLS: true, forceAuth: true, auth: { user: 'u', pass: 'p' } });
  await expect(transport.sendMail({ from: 'a@madeinworld.example', to: fresh(), text: 'x' })).rejects.toMatchObject({ code: 'EAUTH' });
  transport.close();
});
