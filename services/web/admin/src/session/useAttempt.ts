import { useRef, useState } from 'react';
import { ProblemError } from '../api/problem.ts';

export type Attempt = {
  readonly busy: boolean;
  /** Why the last one was refused. */
  readonly problem: ProblemError | undefined;
  /** Does the work, and keeps why it was refused; while one is under way, nothing. */
  readonly run: (work: () => Promise<void>) => Promise<void>;
};

/** Something that is tried, may be refused, and may be tried again. */
export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemError | undefined>(undefined);
  // A second click may come before the page shows that the first was taken.
  const underWay = useRef(false);
  const run = async (work: () => Promise<void>): Promise<void> => {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setProblem(error);
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
