import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { createClient } from '#client/client.ts';
import { ApiProblem } from '#client/index.ts';
import { authOperations } from '#client/operations/auth.ts';

import { NotReady } from './status.ts';

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
  const auth = createClient(authOperations, { baseUrl: apiUrl, timeoutMs: PATIENCE_MS });
  const asked = auth.requestCode({ body: { email: address }, idempotencyKey: randomUUID() });
  const { challengeId } = (await asked.catch(notReady(apiUrl))).body;
  const endMs = Date.now() + PATIENCE_MS;
  while (Date.now() < endMs) {
    const { messages } = await ask(mailbox, Mails);
    const text = messages.find(({ id }) => !before.has(id))?.text ?? '';
    const code = /^\s*(\d{8})\s*$/m.exec(text)?.[1];
    if (code === undefined) {
      await sleep(POLL_MS);
      continue;
    }
    const { body } = await auth.exchangeCode({ body: { challengeId, code } }).catch(notReady(apiUrl));
    if ('accessToken' in body && body.enrol !== true) return body.accessToken;
    throw new NotReady(
      `${new URL(apiUrl).origin} wants a second factor of staff, which this has none of. Start the twin without --second-factor, with --fresh where ${address} has added one:\n  npm run sim:down && npm run sim:up`,
    );
  }
  throw new NotReady(`No sign-in code for ${address} came to the mail sink within ${PATIENCE_MS / 1_000} s`);
}

/** Says of whatever went wrong at `url` what to look at. */
const notReady =
  (url: string) =>
  (cause: Error): never => {
    const what = cause instanceof ApiProblem ? `answered ${cause.status}` : 'cannot be reached';
    throw new NotReady(`${new URL(url).origin} ${what}: ${cause.message}. See\n  npm run sim:status`, { cause });
  };

async function ask<Schema extends TSchema>(url: string, schema: Schema): Promise<Static<Schema>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(notReady(url));
  const answer: unknown = await response.json();
  if (!response.ok || !Value.Check(schema, answer))
    throw new NotReady(`${url} answered ${response.status}: ${JSON.stringify(answer).slice(0, 300)}`);
  return answer;
}
