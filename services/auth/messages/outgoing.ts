import { type Bulkhead, createBulkhead } from '#platform/bulkhead.ts';

/** What keeps messages from holding up the rest of the service: a mail server that hangs costs it its mails and nothing else. */
export interface Outgoing {
  /** For all that has a mail sent, and waits for it. */
  readonly email: Bulkhead;
  /** The same of text messages. */
  readonly phone: Bulkhead;
  /** What one message may take in all, the wait for a connection included. */
  readonly deadlineMs: number;
}

/** Shorter than those wait who ask for codes, and longer than a provider takes. */
const DEADLINE_MS = 8_000;
const RETRY_AFTER_SECONDS = 2;

/** Shares of the requests that the service takes at a time: half for mails and a quarter for text messages. One quarter is left when both hang. */
export function createOutgoing(requestsInFlight: number, deadlineMs: number = DEADLINE_MS): Outgoing {
  const share = (part: number, what: string): Bulkhead =>
    createBulkhead(Math.max(1, Math.floor(requestsInFlight * part)), {
      detail: `Too many ${what} wait to be sent; try again.`,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  return { email: share(1 / 2, 'mails'), phone: share(1 / 4, 'text messages'), deadlineMs };
}
