/** Lets only so many pieces of work run at a time; the others wait in order. */
export interface Places {
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createPlaces(most: number): Places {
  let taken = 0;
  const waiting: (() => void)[] = [];
  return {
    async run(work) {
      if (taken < most) taken += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        // The place goes to the next in line, so that nobody overtakes.
        const next = waiting.shift();
        if (next === undefined) taken -= 1;
        else next();
      }
    },
  };
}
