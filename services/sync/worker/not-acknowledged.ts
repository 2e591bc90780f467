import { codeOf, messageOf } from '#platform/errors.ts';

import { PROTOCOL_VERSION } from '../protocol/versions.ts';
import { connectionCode } from './reasons.ts';

/**
 * Why nothing of a request counts as answered: it found nobody, was cut, took too long, was refused as one too many, or was answered with
 * anything but the peer's signed word for this very body.
 */
export type Unacknowledged = 'unreachable' | 'reset' | 'timeout' | 'refused' | 'answer' | 'protocol';

/** The peer did not acknowledge: nothing of the batch counts as answered. `status` is its HTTP status, where there was one. */
export class NotAcknowledged extends Error {
  readonly kind: Unacknowledged;
  readonly status: number | undefined;
  /** A code of `reasons.ts`, or of the peer's problem document. */
  readonly reasonCode: string;
  /** How long the peer asks to be left alone. */
  readonly retryAfterMs: number;
  constructor(
    kind: Unacknowledged,
    reason: string,
    options: { status?: number; code?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(reason, { cause: options.cause });
    this.name = 'NotAcknowledged';
    this.kind = kind;
    this.status = options.status;
    this.reasonCode = options.code ?? 'peer_error';
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

const nobodyThere = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);
const tooSlow = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** What a failed request says about the border. */
export function borderFailure(error: unknown, timedOut: boolean): NotAcknowledged {
  const code = codeOf(error) ?? '';
  const kind = timedOut || tooSlow.has(code) ? 'timeout' : nobodyThere.has(code) ? 'unreachable' : 'reset';
  return new NotAcknowledged(kind, `the border: ${timedOut ? 'no answer in time' : messageOf(error)}`, {
    code: kind === 'timeout' ? 'border_silent' : connectionCode(error),
    cause: error,
  });
}

const MOST_PAUSE_MS = 30_000;

/** What a refusal says: 429 and 503 are "not now". */
export function refusal(
  status: number,
  problem: { code: string; spoken: readonly string[] },
  retryAfter: string | undefined,
): NotAcknowledged {
  const { code } = problem;
  const seconds = Number(retryAfter);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(MOST_PAUSE_MS, seconds * 1_000) : 0;
  if (code === 'protocol_unsupported') return unspoken(problem.spoken, status);
  const kind = status === 429 || status === 503 ? 'refused' : 'answer';
  return new NotAcknowledged(kind, `the peer answered ${status} ${code}`.trim(), {
    status,
    retryAfterMs,
    ...(code === '' ? {} : { code }),
  });
}

/** The peer is there, and speaks no version of ours. */
export function unspoken(spoken: readonly string[], status: number): NotAcknowledged {
  const theirs = spoken.length === 0 ? 'another version' : spoken.join(', ');
  return new NotAcknowledged(
    'protocol',
    `the peer answered ${status} protocol_unsupported: it speaks ${theirs}, here ${PROTOCOL_VERSION}`,
    { status, code: 'protocol_unsupported' },
  );
}
