import { codeOf, messageOf } from '#platform/errors.ts';

/** Why a direction stands still: a code that documentation and metrics go by, and a sentence for whoever reads it. */
export interface StallReason {
  readonly code: string;
  readonly text: string;
}

/** What the codes mean that the peer, or our side of the exchange, gives; docs/operations.md says what to do about each. */
const meanings: Readonly<Record<string, string>> = {
  border_unreachable: 'no connection to the peer',
  border_silent: 'the peer does not answer',
  protocol_unsupported: 'the peer does not speak our version of the protocol',
  signature_clock: 'the peer refuses our signatures for their time, although it was told to us',
  signing_key_unknown: 'the peer does not know our signing key',
  signing_key_unavailable: 'our signing key cannot be read',
  signature_missing: 'the peer finds no signature: something on the way drops headers',
  signature_invalid: 'the peer finds our signatures wrong: another key under the same name, or something on the way changes requests',
  digest_mismatch: 'what arrives at the peer is not what was sent: something on the way changes bodies',
  answer_unsigned: 'an answer is not signed by the peer: an impostor, a captive portal, or a peer key that is missing here',
  answer_malformed: 'the peer answers something that is no answer to what was sent',
  unavailable: 'the peer is busy, or its database does not answer',
  internal: 'the peer failed',
  batch_too_slow: 'a row takes the peer longer than a statement may',
  peer_error: 'the peer, or something before it, answers with an error',
  residency: 'something was about to leave that must not; it is not sent',
  queue: 'the queue does not answer',
  database: 'the database of this region does not answer',
  publishing: 'changes wait in the outbox: no publisher gets them into the queue',
  worker_error: 'the worker failed',
};

const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);
const databaseCodes = /^(08|53|57|58|XX|25006)/;

/** The code of a request that got no answer. Pure. */
export const connectionCode = (error: unknown): string => (timeouts.has(codeOf(error) ?? '') ? 'border_silent' : 'border_unreachable');

/** Does a stall for this error last until the peer acknowledges something? Errors without a code of their own are over when work goes on again. */
export const lastsUntilAcknowledged = (error: unknown): boolean => givenCode(error) !== undefined;

function givenCode(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'reasonCode' in error && typeof error.reasonCode === 'string') return error.reasonCode;
  return undefined;
}

/** The reason that an error gives; `otherwise` is the code of one that carries none. Pure. */
export function reasonOf(error: unknown, otherwise = 'worker_error'): StallReason {
  const code = givenCode(error) ?? (databaseCodes.test(codeOf(error) ?? '') ? 'database' : otherwise);
  return { code, text: `${meanings[code] ?? meanings['peer_error']} (${messageOf(error)})` };
}

/** A reason as it stands in `sync.direction`: the code, then what it means. */
export const writtenReason = ({ code, text }: StallReason): string => `${code}: ${text}`;

/** A reason of one of the known codes, without more to say. */
export const plainReason = (code: string): string => `${code}: ${meanings[code] ?? code}`;
