import type { Clock } from '#platform/clock.ts';

import { NotAcknowledged } from '../worker/not-acknowledged.ts';
import type { SignedConnection } from '../worker/signed.ts';
import { decoderOf, DigestsAnswer, encode, RECONCILE_TYPE, RepointAnswer, StampsAnswer } from './messages.ts';
import type { Side } from './side.ts';

/** What went over the border in requests and answers of reconciliation, in bytes of their bodies. */
export interface Traffic {
  requests: number;
  sentBytes: number;
  receivedBytes: number;
}

const ATTEMPTS = 5;
const RETRY_MS = 500;

/**
 * The peer's side, by signed requests over `connection`. A request that fails is tried again, four times with pauses that grow: the border flaps. Then
 * it throws NotAcknowledged.
 */
export function createPeerSide(
  connection: Pick<SignedConnection, 'post'>,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly traffic: Traffic },
): Side {
  const { clock, signal, traffic } = options;

  async function ask<Message>(path: string, request: object, decode: (body: Buffer) => Promise<Message | undefined>): Promise<Message> {
    const body = await encode(request);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await connection.post(path, RECONCILE_TYPE, body, signal);
        traffic.requests += 1;
        traffic.sentBytes += body.length;
        traffic.receivedBytes += answer.body.length;
        const message = await decode(answer.body);
        if (message === undefined)
          throw new NotAcknowledged('answer', 'the peer answered something that is no answer to this', { status: 200 });
        return message;
      } catch (error) {
        if (signal.aborted || attempt >= ATTEMPTS || !(error instanceof NotAcknowledged) || isFinal(error.status)) throw error;
        await clock.wait(RETRY_MS * 2 ** (attempt - 1), signal);
      }
    }
  }

  const digests = decoderOf(DigestsAnswer);
  const stamps = decoderOf(StampsAnswer);
  const repoint = decoderOf(RepointAnswer);
  return {
    digests: (request) => ask('/sync/v1/digests', request, digests),
    stamps: (request) => ask('/sync/v1/stamps', request, stamps),
    repoint: (request) => ask('/sync/v1/repoint', request, repoint),
  };
}

/** A refusal that will be the same the next time. */
const isFinal = (status: number | undefined): boolean => status !== undefined && status >= 400 && status < 500 && status !== 429;
