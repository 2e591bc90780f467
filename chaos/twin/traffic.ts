/** Requests without pause, until they are stopped or one fails. */
export interface Traffic {
  /** Resolves when one that begins from now on has been answered. Throws what the first one threw that failed. */
  next(): Promise<void>;
  /** Ends it; answers how many were answered. Throws as `next` does. */
  stop(): Promise<number>;
}

/** Reads a page of products at a front again and again, each time as soon as it is answered; all have to be. */
export function startTraffic(frontUrl: string): Traffic {
  let answered = 0;
  let stopped = false;
  const ask = async (): Promise<void> => {
    const response = await fetch(`${frontUrl}/v1/products?limit=1`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${frontUrl} answered ${response.status}: ${text}`);
    answered += 1;
  };
  let underWay = ask();
  const asking = (async () => {
    for (;;) {
      await underWay;
      if (stopped) return;
      underWay = ask();
    }
  })();
  // Told to whoever asks.
  asking.catch(() => undefined);
  return {
    async next() {
      await underWay;
      await underWay;
    },
    async stop() {
      stopped = true;
      await asking;
      return answered;
    },
  };
}
