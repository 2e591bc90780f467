import { setTimeout as sleep } from 'node:timers/promises';

import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { NotReady } from './status.ts';

const Challenge = Type.Object({ challengeId: Type.String() });
const Tokens = Type.Object({ accessToken: Type.String() });
const Mails = Type.Object({ messages: Type.Array(Type.Object({ id: Type.String(), text: Type.String() })) });

const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/**
 * An access token for `address` at the API `apiUrl`, by the code that comes to the twin's mail sink. Throws `NotReady`.
 * Sign in to one region after the other: a code does not say which region sent it.
 */
export async function signIn(apiUrl: string, mailUrl: string, address: string): Promise<string> {
  const mailbox = `${mailUrl}/messages?to=${encodeURIComponent(address)}&limit=20`;
  const before = new Set((await ask(mailbox, Mails)).messages.map(({ id }) => id));
  const { challengeId } = await ask(`${apiUrl}/v1/auth/codes`, Challenge, { email: address });
  const endMs = Date.now() + PATIENCE_MS;
  while (Date.now() < endMs) {
    const { messages } = await ask(mailbox, Mails);
    const text = messages.find(({ id }) => !before.has(id))?.text ?? '';
    const code = /^\s*(\d{8})\s*$/m.exec(text)?.[1];
    if (code !== undefined) return (await ask(`${apiUrl}/v1/auth/tokens`, Tokens, { challengeId, code })).accessToken;
    await sleep(POLL_MS);
  }
  throw new NotReady(`No sign-in code for ${address} came to the mail sink within ${PATIENCE_MS / 1_000} s`);
}

async function ask<Schema extends TSchema>(url: string, schema: Schema, body?: unknown): Promise<Static<Schema>> {
  const sent = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, { ...sent, signal: AbortSignal.timeout(PATIENCE_MS) }).catch((cause: Error) => {
    throw new NotReady(`${new URL(url).origin} cannot be reached: ${cause.message}. See\n  npm run sim:status`, { cause });
  });
  const answer: unknown = await response.json();
  if (!response.ok || !Value.Check(schema, answer))
    throw new NotReady(`${url} answered ${response.status}: ${JSON.stringify(answer).slice(0, 300)}`);
  return answer;
}
