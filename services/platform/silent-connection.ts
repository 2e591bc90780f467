import pg from 'pg';

import { messageOf } from './errors.ts';

/** What pg says of a statement that was not answered in time. It has no code. */
const UNANSWERED = 'Query read timeout';

/**
 * Ends a connection of a pool when a statement on it is not answered in time. What comes next would wait behind that statement, which may be for ever: somewhere on its way
 * the connection is gone, and nobody has said so. Call it with each new connection.
 */
export function endWhenSilent(client: pg.PoolClient): void {
  const inner: (...args: readonly unknown[]) => unknown = client.query;
  const query = (...args: readonly unknown[]): unknown => {
    const answer = Reflect.apply(inner, client, args);
    if (answer instanceof Promise) {
      answer.catch((error: unknown) => {
        if (messageOf(error) === UNANSWERED && client instanceof pg.Client) void client.end().catch(() => undefined);
      });
    }
    return answer;
  };
  Object.defineProperty(client, 'query', { value: query, configurable: true, writable: true });
}
