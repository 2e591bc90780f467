import { useRef, useState } from 'react';
import { ProblemError } from '../api/problem.ts';

type Options<Answer> = {
  /** What is done. `key` is the same for every try of one deed, so that it is done once however often it is sent. */
  readonly act: (key: string) => Promise<Answer>;
  readonly onDone: (answer: Answer) => void;
  /** Reads again what the deed was about: it was refused, so it is not what was shown. */
  readonly onRefused: () => void;
};

export type Deed = {
  readonly busy: boolean;
  /** What to tell of the last try: a translation key, or the server's own words. */
  readonly problem: string | undefined;
  readonly go: () => Promise<void>;
};

/** Refusals that say that what was shown is not what is there: not found, a conflict, stale, or a key that did something else before. */
const outdated: ReadonlySet<number> = new Set([404, 409, 412, 422]);

/** A deed of staff, and its key: made when the dialog of it opens, or the button of it is shown. */
export function useDeed<Answer>({ act, onDone, onRefused }: Options<Answer>): Deed {
  const [key] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  // A second click may come before the page shows that the first was taken.
  const underWay = useRef(false);
  const go = async (): Promise<void> => {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      onDone(await act(key));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setProblem(wordsOf(error));
      if (outdated.has(error.status)) onRefused();
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  };
  return { busy, problem, go };
}

function wordsOf(error: ProblemError): string {
  if (error.code === 'unreachable') return 'deed.unanswered';
  // What the panel has words of its own for is told in the reader's language.
  if (error.message.startsWith('problem.')) return error.message;
  return Object.values(error.body.errors ?? {})[0] ?? error.message;
}
