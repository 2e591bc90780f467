import pg from 'pg';

/** What pg itself says of a statement that was not answered in time. It has no code. */
const UNANSWERED = 'Query read timeout';

type Answered = (error: unknown, result?: unknown) => void;

const isCallback = (value: unknown): value is Answered => typeof value === 'function';
/** A statement that runs by itself, as a cursor does, calls nobody back. */
const runsItself = (value: unknown): boolean => typeof value === 'object' && value !== null && 'submit' in value;

/**
 * Gives connections of a pool `limitMs` for each statement, and ends one whose statement is not answered in time. What comes next would wait behind that statement, which may be
 * for ever: somewhere on its way the connection is gone, and nobody has said so. Call what it answers with each new connection.
 *
 * pg has such a limit (`query_timeout`), and sets the callback of a query that is made already. V8 then keeps what the query holds until a collection of the old generation: each
 * statement's text and rows, hundreds of bytes of each, and the pauses that this makes are the service's slowest answers (docs/performance.md).
 */
export function endWhenSilent(limitMs: number): (client: pg.PoolClient) => void {
  return (client) => {
    const inner: (...args: readonly unknown[]) => unknown = client.query;

    function ask(args: readonly unknown[], answered: Answered): void {
      let timer: NodeJS.Timeout | undefined = undefined;
      let isOver = false;
      const end: Answered = (error, result) => {
        clearTimeout(timer);
        // A connection that is ended fails its statement, which has failed already.
        if (isOver) return;
        isOver = true;
        answered(error, result);
      };
      Reflect.apply(inner, client, [...args, end]);
      timer = setTimeout(() => {
        if (client instanceof pg.Client) {
          // The pool looks at once whether the connection is of use to the next; with statements in a pipeline it would end when they are answered.
          void client.end().catch(() => undefined);
          client.connection.stream.destroy();
        }
        end(new Error(UNANSWERED));
      }, limitMs);
    }

    const query = (...args: readonly unknown[]): unknown => {
      const last = args.at(-1);
      if (runsItself(args[0])) return Reflect.apply(inner, client, args);
      if (isCallback(last)) return ask(args.slice(0, -1), last);
      return new Promise<unknown>((resolve, reject) => {
        ask(args, (error, result) => (error === null || error === undefined ? resolve(result) : reject(error)));
      }).catch((error: unknown) => {
        // Its stack leads to a socket; this one to who asked.
        if (error instanceof Error) Error.captureStackTrace(error);
        throw error;
      });
    };
    Object.defineProperty(client, 'query', { value: query, configurable: true, writable: true });
  };
}
