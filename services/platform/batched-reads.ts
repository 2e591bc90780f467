interface Waiting<Ask, Answer> {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Reads of one kind, put together: what is asked for while queries are under way goes along in the next one, so that a busy service makes fewer queries and an idle one
 * waits for nobody. A query begins after all that it answers were asked for, so nobody reads what is older than their request.
 *
 * `query` answers in the order of what it is asked, `most` at a time; where it rejects, all of its reads do. `atOnce`: how many queries are under way.
 */
export function batchedReads<Ask, Answer>(
  query: (asks: readonly Ask[]) => Promise<readonly Answer[]>,
  { atOnce, most }: { readonly atOnce: number; readonly most: number },
): (ask: Ask) => Promise<Answer> {
  const waiting: Waiting<Ask, Answer>[] = [];
  let underWay = 0;
  let isScheduled = false;

  async function run(batch: readonly Waiting<Ask, Answer>[]): Promise<void> {
    try {
      const answers = await query(batch.map(({ ask }) => ask));
      if (answers.length !== batch.length) throw new Error(`${batch.length} reads were answered by ${answers.length}`);
      for (const [at, answer] of answers.entries()) batch[at]?.resolve(answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function start(): void {
    while (underWay < atOnce && waiting.length > 0) {
      underWay += 1;
      void run(waiting.splice(0, most)).finally(() => {
        underWay -= 1;
        start();
      });
    }
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      waiting.push({ ask, resolve, reject });
      if (isScheduled || underWay >= atOnce) return;
      isScheduled = true;
      // After this turn's sockets have been read: their requests go along.
      setImmediate(() => {
        isScheduled = false;
        start();
      });
    });
}
