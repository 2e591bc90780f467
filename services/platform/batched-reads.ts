interface Waiting<Ask, Answer> {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Reads of one kind, put together: what is asked for while queries are under way goes along in the next one, so that a busy service makes fewer queries and an idle one
 * waits for nobody. A query begins after all that it answers were asked for, so nobody reads what is older than their request.
 *
 * `viewOf` says what an ask wants to see: a query is of one view, and views take turns. `query` answers in the order of what it is asked, `most` at a time; where it
 * rejects, those who asked for it are refused, and nobody of another view. `atOnce`: how many queries are under way, of whichever views.
 */
export function batchedReads<Ask, Answer>(
  query: (asks: readonly [Ask, ...Ask[]]) => Promise<readonly Answer[]>,
  { atOnce, most, viewOf }: { readonly atOnce: number; readonly most: number; readonly viewOf: (ask: Ask) => string },
): (ask: Ask) => Promise<Answer> {
  /** Of each view that is waited for; the one whose turn is next comes first. A few at most: a list, since a Map would make its table anew with every few queries. */
  const waiting: { readonly view: string; readonly all: Waiting<Ask, Answer>[] }[] = [];
  let underWay = 0;
  let isScheduled = false;

  function takeBatch(): Waiting<Ask, Answer>[] {
    const next = waiting.shift();
    if (next === undefined) return [];
    const batch = next.all.splice(0, most);
    // The others have their turn before the rest of it.
    if (next.all.length > 0) waiting.push(next);
    return batch;
  }

  async function run(batch: readonly Waiting<Ask, Answer>[]): Promise<void> {
    try {
      const [first, ...others] = batch.map(({ ask }) => ask);
      if (first === undefined) return;
      const answers = await query([first, ...others]);
      if (answers.length !== batch.length) throw new Error(`${batch.length} reads were answered by ${answers.length}`);
      for (const [at, answer] of answers.entries()) batch[at]?.resolve(answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function start(): void {
    while (underWay < atOnce && waiting.length > 0) {
      underWay += 1;
      void run(takeBatch()).finally(() => {
        underWay -= 1;
        start();
      });
    }
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      const view = viewOf(ask);
      const same = waiting.find((one) => one.view === view);
      if (same === undefined) waiting.push({ view, all: [{ ask, resolve, reject }] });
      else same.all.push({ ask, resolve, reject });
      if (isScheduled || underWay >= atOnce) return;
      isScheduled = true;
      // After this turn's sockets have been read: their requests go along.
      setImmediate(() => {
        isScheduled = false;
        start();
      });
    });
}
