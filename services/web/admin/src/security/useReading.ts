import { useEffect, useState } from 'react';
import { ProblemError } from '../api/problem.ts';

export type Reading<Value> = {
  /** As it was read last; nothing before that. */
  readonly value: Value | undefined;
  readonly problem: ProblemError | undefined;
  readonly again: () => void;
};

/** Something of the API, read when it is first shown and when it is asked for again. `read` keeps its identity while it reads the same. */
export function useReading<Value>(read: () => Promise<Value>): Reading<Value> {
  const [value, setValue] = useState<Value | undefined>(undefined);
  const [problem, setProblem] = useState<ProblemError | undefined>(undefined);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let here = true;
    read().then(
      (next) => {
        if (!here) return;
        setValue(() => next);
        setProblem(undefined);
      },
      (error: unknown) => {
        if (!(error instanceof ProblemError)) throw error;
        if (here) setProblem(error);
      },
    );
    return () => {
      here = false;
    };
  }, [read, times]);
  return { value, problem, again: () => setTimes((before) => before + 1) };
}
