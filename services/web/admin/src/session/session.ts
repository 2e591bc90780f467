import type { RegionClient } from '#client/index.ts';
import type { AccountRole, CodeRequested, Tokens } from '#contracts/auth.ts';
import type { SecondFactorAnswer, SecondFactorWanted } from '#contracts/factors.ts';
import type { RequestOptions } from '#contracts/webauthn.ts';
import { ProblemError } from '../api/problem.ts';
import type { Region } from '../region/region.ts';
import { createCodeAttempt } from './codeAttempt.ts';
import type { SessionMark } from './mark.ts';

export type Account = {
  readonly id: string;
  readonly role: AccountRole;
  /** It has a role that waits for a second factor, and has none yet. */
  readonly enrol: boolean;
};
export type Challenge = CodeRequested;
/** What is asked besides the code, and of what kinds it may be. */
export type SecondFactor = SecondFactorWanted['secondFactor'];

/** Runs work under a lock that all tabs of the browser share. */
export type Lock = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export type SessionDeps = {
  readonly region: Region;
  /** In nobody's name. */
  readonly auth: Pick<
    RegionClient['auth'],
    'requestCode' | 'exchangeCode' | 'startSecondFactor' | 'answerSecondFactor' | 'refreshTokens' | 'signOut'
  >;
  /** Monotonic milliseconds, so that a wrong wall clock does not end a session. */
  readonly nowMs: () => number;
  readonly lock: Lock;
  readonly mark: SessionMark;
};

/** A sign-in at one region. The access token lives in memory; the refresh token in an HttpOnly cookie that no script sees. */
export type Session = {
  readonly region: Region;
  /** Who is signed in, as far as it is known now. */
  readonly account: () => Account | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  /** Asks for a code by e-mail; again after it rejected, for the same one, should that have been sent. */
  readonly requestCode: (email: string) => Promise<Challenge>;
  /** Exchanges the code; answers what is asked besides, and nothing when that was all. Rejects with `code_invalid` for a wrong or used one. */
  readonly signIn: (challengeId: string, code: string) => Promise<SecondFactor | undefined>;
  /** What the browser needs to answer by a passkey; rejects with `second_factor_over` when the challenge is. */
  readonly startSecondFactor: (challengeId: string) => Promise<RequestOptions>;
  /** Answers what was asked besides; rejects with `second_factor_invalid` or `passkey_invalid`, and with `second_factor_over` when no further try counts. */
  readonly answerSecondFactor: (answer: SecondFactorAnswer) => Promise<void>;
  /** A token that is good for at least some seconds, renewed silently when needed; nothing when nobody is signed in. */
  readonly token: () => Promise<string | undefined>;
  /** As `token`, after the given one was refused. */
  readonly tokenAfter: (refused: string) => Promise<string | undefined>;
  /** Takes a new token, in which the role is what it is by now. */
  readonly renew: () => Promise<void>;
  /** Ends the session at the server and here; rejects (still signed in) when the region cannot be reached. */
  readonly signOut: () => Promise<void>;
  /** Forgets the token here; the server is not asked. */
  readonly forget: () => void;
};

type Grant = { readonly token: string; readonly goodUntilMs: number; readonly account: Account };

/** How long before its end a token is renewed: longer than any request takes. */
const renewBeforeMs = 30_000;

/** How long "nobody is signed in" is believed: the pages that ask on the way to the sign-in page do so at once. */
const believeRefusalMs = 2_000;

export function createSession(deps: SessionDeps): Session {
  const codeAttempt = createCodeAttempt(deps.nowMs);
  const listeners = new Set<() => void>();
  let grant: Grant | undefined;
  let refusedAtMs = Number.NEGATIVE_INFINITY;
  let renewal: Promise<string | undefined> | undefined;

  const hold = (next: Grant | undefined): void => {
    grant = next;
    for (const listener of listeners) listener();
  };
  const take = (tokens: Tokens): Grant => {
    const next = grantOf(tokens, deps.nowMs());
    hold(next);
    deps.mark.set();
    return next;
  };

  // The server takes a refresh token once and treats a second use as theft, so two tabs must never send the same one.
  const renew = (): Promise<string | undefined> => {
    renewal ??= deps
      .lock(`madeinworld-session-${deps.region}`, async () => {
        try {
          return take((await deps.auth.refreshTokens({ body: { delivery: 'cookie' } })).body).token;
        } catch (error) {
          if (!(error instanceof ProblemError) || error.status < 400 || error.status > 403) throw error;
          hold(undefined);
          deps.mark.clear();
          refusedAtMs = deps.nowMs();
          return undefined;
        }
      })
      .finally(() => {
        renewal = undefined;
      });
    return renewal;
  };

  return {
    region: deps.region,
    account: () => grant?.account,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    requestCode: async (email) => {
      const { body } = await deps.auth.requestCode({ body: { email }, idempotencyKey: codeAttempt.keyFor(email) });
      codeAttempt.answered();
      return body;
    },
    signIn: async (challengeId, code) => {
      const { body } = await deps.auth.exchangeCode({ body: { challengeId, code, delivery: 'cookie' } });
      if ('secondFactor' in body) return body.secondFactor;
      take(body);
      return undefined;
    },
    startSecondFactor: async (challengeId) => (await deps.auth.startSecondFactor({ body: { challengeId } })).body,
    answerSecondFactor: async (answer) => {
      take((await deps.auth.answerSecondFactor({ body: { ...answer, delivery: 'cookie' } })).body);
    },
    token: async () => {
      if (grant !== undefined && deps.nowMs() < grant.goodUntilMs) return grant.token;
      if (deps.nowMs() < refusedAtMs + believeRefusalMs) return undefined;
      if (deps.mark.isSet()) return renew();
      // Never signed in in this browser, or signed out in another tab of it.
      if (grant !== undefined) hold(undefined);
      return undefined;
    },
    tokenAfter: async (refused) => (grant !== undefined && grant.token !== refused ? grant.token : renew()),
    renew: async () => {
      await renew();
    },
    signOut: async () => {
      await deps.auth.signOut({ body: {}, ...(grant === undefined ? {} : { headers: { authorization: `Bearer ${grant.token}` } }) });
      deps.mark.clear();
      hold(undefined);
    },
    forget: () => hold(undefined),
  };
}

/** The lock of the browser where it has one; a lone tab needs none. */
export const browserLock: Lock = (name, work) => ('locks' in navigator ? navigator.locks.request(name, work) : work());

function grantOf({ accessToken: token, expiresInSeconds, account: { id, role }, enrol }: Tokens, nowMs: number): Grant {
  return { token, goodUntilMs: nowMs + expiresInSeconds * 1_000 - renewBeforeMs, account: { id, role, enrol: enrol === true } };
}
