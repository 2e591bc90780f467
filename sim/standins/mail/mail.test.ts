import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createTransport } from 'nodemailer';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { startChild, type StartedChild } from '../started-child.ts';
import { openMailStore } from './store.ts';

const main = new URL('./main.ts', import.meta.url);
const Message = Type.Object({
  id: Type.String(),
  from: Type.String(),
  to: Type.Array(Type.String()),
  subject: Type.String(),
  text: Type.String(),
  receivedAt: Type.String(),
});
const Listing = Type.Object({ messages: Type.Array(Message) });

let dir: string;
let mail: StartedChild | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mail-'));
});
afterEach(async () => {
  await mail?.stop();
  mail = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function start(): Promise<StartedChild> {
  mail = await startChild(main, ['--dir', join(dir, 'mail')]);
  return mail;
}

async function send(sink: StartedChild, to: string | string[], text: string): Promise<void> {
  const transport = createTransport({ url: sink.urlOf('mail:smtp'), ignoreTLS: true });
  await transport.sendMail({ from: 'No Reply <no-reply@madeinworld.example>', to, subject: 'Your sign-in code', text });
  transport.close();
}

async function list(sink: StartedChild, query = ''): Promise<Static<typeof Message>[]> {
  const response = await fetch(`${sink.urlOf('mail')}/messages${query}`);
  return Value.Parse(Listing, await response.json()).messages;
}

test('keeps what a mail client sends and gives it back newest first, whatever the case of the address', async () => {
  const sink = await start();
  await send(sink, 'Ada@MadeInWorld.example', 'Your code:\n\n12345678\n');
  await send(sink, 'ada@madeinworld.example', 'grüße 你好\n23456789\n');
  await send(sink, ['bob@madeinworld.example', 'eve@madeinworld.example'], 'other');

  const toAda = await list(sink, '?to=ADA@madeinworld.example');
  expect(toAda.map((message) => message.text.trim())).toEqual(['grüße 你好\n23456789', 'Your code:\n\n12345678']);
  expect(toAda[0]).toMatchObject({ from: 'no-reply@madeinworld.example', to: ['ada@madeinworld.example'], subject: 'Your sign-in code' });
  expect((await list(sink, '?limit=1'))[0]?.to).toEqual(['bob@madeinworld.example', 'eve@madeinworld.example']);

  const latest = await fetch(`${sink.urlOf('mail')}/messages/latest?to=ada@madeinworld.example`);
  expect(Value.Parse(Message, await latest.json())).toEqual(toAda[0]);
});

test('answers 404 before a message has come and after DELETE, and 400 to a limit out of range', async () => {
  const sink = await start();
  const latest = `${sink.urlOf('mail')}/messages/latest?to=ada@madeinworld.example`;
  expect((await fetch(latest)).status).toBe(404);
  await send(sink, 'ada@madeinworld.example', 'x');
  expect((await fetch(latest)).status).toBe(200);
  expect((await fetch(`${sink.urlOf('mail')}/messages`, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(latest)).status).toBe(404);
  expect((await fetch(`${sink.urlOf('mail')}/messages?limit=0`)).status).toBe(400);
});

test('a browser is shown the newest messages, whose HTML is only text there', async () => {
  const sink = await start();
  const open = async (): Promise<Response> => fetch(sink.urlOf('mail'));
  expect(await (await open()).text()).toContain('No message has come yet');
  await send(sink, 'ada@madeinworld.example', 'Your code:\n\n12345678\n');
  await send(sink, 'bob@madeinworld.example', `</pre><script>alert("1")</script><img src='x' onerror=alert(1)> & more`);
  const page = await open();
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
  const html = await page.text();
  expect(html).toContain(
    '&lt;/pre&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;img src=&#39;x&#39; onerror=alert(1)&gt; &amp; more',
  );
  expect(html).not.toMatch(/<script|<img/);
  expect(html).toMatch(/<h2>Your sign-in code<\/h2>\n<p>to ada@madeinworld.example, <time datetime="20/);
  expect(html.indexOf('bob@')).toBeLessThan(html.indexOf('ada@'));
});

test('a restart keeps the messages, in a folder that is private', async () => {
  await send(await start(), 'ada@madeinworld.example', 'before');
  expect(await mail?.stop()).toBe(0);
  const again = await start();
  await send(again, 'ada@madeinworld.example', 'after');
  expect((await list(again)).map((message) => message.text.trim())).toEqual(['after', 'before']);
  expect((await stat(join(dir, 'mail'))).mode & 0o777).toBe(0o700);
  for (const file of await readdir(join(dir, 'mail'))) expect((await stat(join(dir, 'mail', file))).mode & 0o777).toBe(0o600);
});

test('keeps the newest thousand only, in memory and on disk', async () => {
  const store = await openMailStore(dir, 3);
  for (const subject of ['1', '2', '3', '4', '5']) await store.add({ from: '', to: [], subject, text: '', receivedAt: '' });
  expect(store.list({ limit: 10 }).map((message) => message.subject)).toEqual(['5', '4', '3']);
  expect(await readdir(dir)).toHaveLength(3);
  const reopened = await openMailStore(dir, 2);
  expect(reopened.list({ limit: 10 }).map((message) => message.subject)).toEqual(['5', '4']);
});

test('exits in time while a client holds a connection open', async () => {
  const sink = await start();
  const socket = connect(Number(new URL(sink.urlOf('mail:smtp')).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.on('error', () => undefined);
  expect(await sink.stop()).toBe(0);
  mail = undefined;
});

test('refuses an unknown flag with exit code 2', async () => {
  await expect(startChild(main, ['--dir', dir, '--colour'])).rejects.toThrow(/exit 2: Unknown option '--colour'/);
  await expect(startChild(main, [])).rejects.toThrow(/exit 2: --dir DIR is required/);
});
