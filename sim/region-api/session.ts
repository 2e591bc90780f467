import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Type, type Static } from 'typebox';

import { ApiError, type Api } from './api.ts';
import type { Signals } from './retry.ts';

const Challenge = Type.Object({ challengeId: Type.String() });
const Tokens = Type.Object({
  accessToken: Type.String(),
  account: Type.Object({ role: Type.String() }),
  /** Staff that has no second factor yet, where its role counts with one only. */
  enrol: Type.Optional(Type.Literal(true)),
});
const Wanted = Type.Object({ secondFactor: Type.Object({ kinds: Type.Array(Type.String()) }) });
const SignIn = Type.Union([Tokens, Wanted]);
const Mail = Type.Object({ id: Type.String(), text: Type.String() });
const Mails = Type.Object({ messages: Type.Array(Mail) });

export interface Session {
  /** The access token. */
  token(signals: Signals): Promise<string>;
  /** Signs in anew, once however many ask, unless `token` has been replaced already. */
  renew(expired: string, signals: Signals): Promise<void>;
}

export interface SessionDeps {
  readonly api: Api;
  /** The HTTP face of the mail sink. */
  readonly mail: Api;
  readonly address: string;
  readonly mailTimeoutMs?: number;
}

const POLL_MS = 50;
const MAX_CANDIDATES = 3;

/** A session of staff at one region's API, which reads its sign-in codes out of the twin's mail sink. Throws `ApiError`. */
export function openSession(deps: SessionDeps): Session {
  let current: Promise<string> | undefined;
  let value: string | undefined;
  const start = (signals: Signals): Promise<string> => {
    const started = signIn(deps, signals).then((token) => (value = token));
    started.catch(() => (current = undefined));
    return (current = started);
  };
  return {
    token: (signals) => current ?? start(signals),
    async renew(expired, signals) {
      if (value === expired) {
        value = undefined;
        void start(signals);
      }
      await current;
    },
  };
}

async function signIn({ api, mail, address, mailTimeoutMs = 10_000 }: SessionDeps, signals: Signals): Promise<string> {
  const before = new Set((await messagesTo(mail, address, signals)).map(({ id }) => id));
  const asking = {
    method: 'POST',
    path: '/v1/auth/codes',
    idempotencyKey: randomUUID(),
    body: { email: address },
    answer: Challenge,
  } as const;
  const challenge = await api.send(asking, signals);
  const tried = new Set<string>();
  const endMs = Date.now() + mailTimeoutMs;
  while (Date.now() < endMs && tried.size < MAX_CANDIDATES) {
    // Others may sign in with this address at the same time, and a code does not say whose it is.
    const fresh = (await messagesTo(mail, address, signals)).filter(({ id }) => !before.has(id) && !tried.has(id));
    for (const { id, text } of fresh) {
      tried.add(id);
      const code = /^\s*(\d{8})\s*$/m.exec(text)?.[1];
      if (code === undefined) continue;
      const body = { challengeId: challenge?.challengeId, code };
      const tokens = await api.send({ method: 'POST', path: '/v1/auth/tokens', body, answer: SignIn, accept: [401] }, signals);
      if (tokens === undefined) continue;
      if ('secondFactor' in tokens) {
        throw new ApiError(
          `${address} has added a second factor, which is asked for at ${api.url} and which nobody but a person has: npm run sim:down, and then sim:up with --fresh, forgets it and the data`,
          403,
        );
      }
      if (tokens.enrol === true) {
        throw new ApiError(
          `${api.url} takes ${address} for staff with a second factor only, which nobody but a person has: npm run sim:down, and then sim:up without --second-factor, asks for none`,
          403,
        );
      }
      if (tokens.account.role === 'customer') throw new ApiError(`${address} is no staff at ${api.url}`, 403);
      return tokens.accessToken;
    }
    await sleep(POLL_MS, undefined, { signal: signals.stop });
  }
  throw new ApiError(`No sign-in code for ${address} that ${api.url} takes came to the mail sink; it may have sent too many of late`);
}

async function messagesTo(mail: Api, address: string, signals: Signals): Promise<Static<typeof Mail>[]> {
  const path = `/messages?to=${encodeURIComponent(address)}&limit=20`;
  return (await mail.send({ method: 'GET', path, answer: Mails }, signals))?.messages ?? [];
}
