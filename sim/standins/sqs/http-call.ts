import { Pool } from 'undici';
import { callHeaders, readCallAnswer, SqsCallError, type SqsCall } from './call.ts';

/** Calls over HTTP, with connections kept open. */
export interface HttpCall {
  readonly call: SqsCall;
  close(): Promise<void>;
}

/** Long polls each hold a connection, so there must be more of them than pollers. */
const CONNECTIONS = 128;

/** A caller of the SQS server at `url` (ElasticMQ, LocalStack, fauxqs). */
export function createHttpCall(url: string, region: string): HttpCall {
  const pool = new Pool(new URL(url).origin, { connections: CONNECTIONS, keepAliveTimeout: 60_000 });
  return {
    async call(action, input) {
      let status: number;
      let text: string;
      try {
        const answer = await pool.request({
          path: '/',
          method: 'POST',
          headers: callHeaders(action, region),
          body: JSON.stringify(input),
        });
        status = answer.statusCode;
        text = await answer.body.text();
      } catch (error) {
        throw new SqsCallError('Unreachable', `no answer from the queue server at ${url}`, { cause: error });
      }
      return readCallAnswer(action, status, text);
    },
    close: () => pool.destroy(),
  };
}
