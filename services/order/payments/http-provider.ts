import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

import type { Logger } from '#platform/log.ts';
import { messageOf } from '#platform/errors.ts';
import { currentOrigin, originFields } from '#platform/origin.ts';

import type { PaymentOutcome, PaymentProvider } from './provider.ts';
import { PaymentAbsent, PaymentReport, RefundReport } from './wire.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const outcomes: Readonly<Record<PaymentReport['state'], PaymentOutcome>> = { captured: 'captured', failed: 'failed', pending: 'unknown' };

/** What the provider's support may quote when it speaks of a call of ours. */
function originHeaders(): Record<string, string> {
  const origin = currentOrigin();
  return origin === undefined ? {} : { traceparent: origin.traceparent, 'x-correlation-id': origin.correlationId };
}

/** The provider behind `url`, over HTTP, with the trace and the correlation id of what is under way. A call that takes longer than `timeoutMs`, breaks, or is answered strangely has an unknown outcome. */
export function createHttpProvider(options: {
  readonly url: string;
  readonly apiKey: () => Promise<string>;
  readonly timeoutMs: number;
  readonly log: Logger;
}): PaymentProvider {
  const log = options.log.child({ service: 'order' });

  async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<Reply | undefined> {
    try {
      const response = await fetch(new URL(path, options.url), {
        method,
        headers: {
          ...originHeaders(),
          authorization: `Bearer ${await options.apiKey()}`,
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(options.timeoutMs),
      });
      return { status: response.status, body: await response.json() };
    } catch (error) {
      log.warn({ ...originFields(), path: path.split('/', 3).join('/'), reason: messageOf(error) }, 'the payment provider did not answer');
      return undefined;
    }
  }

  /** The report in a reply about `id`; undefined where it is none. */
  function reported<Schema extends TSchema>(reply: Reply | undefined, schema: Schema): Static<Schema> | undefined {
    if (reply === undefined) return undefined;
    if (reply.status === 200 && Value.Check(schema, reply.body)) return reply.body;
    log.warn({ ...originFields(), status: reply.status }, 'the payment provider answered strangely');
    return undefined;
  }

  const outcomeOf = (id: string, reply: Reply | undefined): PaymentOutcome => {
    const report = reported(reply, PaymentReport);
    return report?.id === id ? outcomes[report.state] : 'unknown';
  };

  return {
    start: async (id, amount, method) => outcomeOf(id, await call('POST', '/v1/payments', { id, amount, method })),
    async lookUp(id) {
      const reply = await call('GET', `/v1/payments/${id}`);
      const isAbsent = reply?.status === 404 && Value.Check(PaymentAbsent, reply.body) && reply.body.id === id;
      return isAbsent ? 'absent' : outcomeOf(id, reply);
    },
    async refund(id, paymentId, amount) {
      const report = reported(await call('POST', '/v1/refunds', { id, paymentId, amount }), RefundReport);
      return report?.id === id ? report.state : 'unknown';
    },
  };
}
