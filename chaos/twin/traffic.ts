/** Requests without pause, until they are stopped or one fails. */
export interface Traffic {
  /** Resolves when one that begins from now on has been answered. Throws what the first one threw that failed. */
  next(): Promise<void>;
  /** Ends it; answers how many were answered, and how many had to be asked again. Throws as `next` does. */
  stop(): Promise<{ readonly answered: number; readonly askedAgain: number }>;
}

const UPSTREAM_FAILED = 502;

/**
 * Reads a page of products at a front again and again, each time as soon as it is answered. One to which the front got no answer is asked again once: a link that is led
 * to another process cuts what is under way on it, as Toxiproxy does. (The world's front asks again by itself.)
 */
export function startTraffic(frontUrl: string): Traffic {
  const tally = { answered: 0, askedAgain: 0 };
  let stopped = false;
  const read = async (): Promise<Response> => fetch(`${frontUrl}/v1/products?limit=1`);
  const ask = async (): Promise<void> => {
    let response = await read();
    if (response.status === UPSTREAM_FAILED) {
      tally.askedAgain += 1;
      await response.arrayBuffer();
      response = await read();
    }
    const text = await response.text();
    if (!response.ok) throw new Error(`${frontUrl} answered ${response.status}: ${text}`);
    tally.answered += 1;
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
      return tally;
    },
  };
}
