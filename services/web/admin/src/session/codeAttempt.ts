/** Much shorter than a code is good for, since an answer that comes once more says the whole of it: whoever comes back later wants a new one, not the one that was sent then. */
const attemptMs = 3 * 60_000;

export type CodeAttempt = {
  /** The idempotency key of what is asked for this address now. */
  readonly keyFor: (email: string) => string;
  /** It was answered: whoever asks again wants another code. */
  readonly answered: () => void;
};

/** One key for as long as the same address is asked for and no answer has come: whoever clicks again after an answer that was lost is sent no second code. */
export function createCodeAttempt(nowMs: () => number): CodeAttempt {
  let open: { readonly email: string; readonly key: string; readonly untilMs: number } | undefined;
  return {
    keyFor: (email) => {
      if (open?.email !== email || nowMs() >= open.untilMs) open = { email, key: crypto.randomUUID(), untilMs: nowMs() + attemptMs };
      return open.key;
    },
    answered: () => {
      open = undefined;
    },
  };
}
