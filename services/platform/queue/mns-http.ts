import { createHash } from 'node:crypto';

import { Pool } from 'undici';

import type { AlibabaCredentials } from '../alibaba-credentials.ts';
import { backoffMs, type Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { signatureOf } from './mns-signature.ts';
import { read } from './mns-xml.ts';
import { QueueError, type QueueErrorCode } from './queue.ts';

const MNS_VERSION = '2015-06-06';
const CONTENT_TYPE = 'text/xml';
const ANSWER_TIMEOUT_MS = 10_000;
const CONNECTIONS = 32;
const ATTEMPTS = 3;

/** https://www.alibabacloud.com/help/en/mns/developer-reference/error-response */
const codes: Readonly<Record<string, QueueErrorCode>> = {
  QueueNotExist: 'queue_missing',
  AccessDenied: 'access_denied',
  InvalidAccessKeyId: 'access_denied',
  SignatureDoesNotMatch: 'access_denied',
  TimeExpired: 'clock_skew',
  MessageNotExist: 'receipt_expired',
  ReceiptHandleError: 'receipt_expired',
  QpsLimitExceeded: 'throttled',
  InternalServerError: 'unavailable',
  InternalError: 'unavailable',
  MessageBodyTooLarge: 'too_large',
  InvalidArgument: 'invalid',
  InvalidDegist: 'invalid',
  MalformedXML: 'invalid',
};

/** Our code for a code of MNS's; one that is not known is `invalid` when the client was at fault, else `unavailable`. */
export function codeOfMns(providerCode: string, status: number): QueueErrorCode {
  return codes[providerCode] ?? (status >= 400 && status < 500 ? 'invalid' : 'unavailable');
}

export interface MnsAnswer {
  readonly status: number;
  readonly text: string;
}

export interface MnsCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, percent-encoded: signed exactly as sent. */
  readonly target: string;
  readonly body?: string;
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface MnsHttp {
  /** One signed request, tried again where a repetition does no harm. Rejects with QueueError when there is no answer, else resolves with what came. */
  request(call: MnsCall): Promise<MnsAnswer>;
  close(): Promise<void>;
}

/** Signed requests to one MNS endpoint over kept connections. Session tokens (STS) are sent along, unsigned, as MNS wants. */
export function openMnsHttp(options: {
  readonly endpoint: string;
  readonly credentials: () => Promise<AlibabaCredentials>;
  readonly clock: Clock;
}): MnsHttp {
  const pool = new Pool(new URL(options.endpoint).origin, { connections: CONNECTIONS, connectTimeout: 3_000, keepAliveTimeout: 60_000 });
  const { clock } = options;

  async function once({ method, target, body, waitSeconds, signal }: MnsCall): Promise<MnsAnswer> {
    const timeoutMs = (waitSeconds ?? 0) * 1000 + ANSWER_TIMEOUT_MS;
    try {
      const { accessKeyId, accessKeySecret, securityToken } = await options.credentials();
      const date = new Date().toUTCString();
      const contentType = body === undefined ? '' : CONTENT_TYPE;
      const contentMd5 = body === undefined ? '' : digestOf(body);
      const headers = { 'x-mns-version': MNS_VERSION };
      const signature = signatureOf({ method, contentMd5, contentType, date, headers, resource: target }, accessKeySecret);
      const answer = await pool.request({
        method,
        path: target,
        headers: {
          ...headers,
          date,
          authorization: `MNS ${accessKeyId}:${signature}`,
          ...(body === undefined ? {} : { 'content-type': contentType, 'content-md5': contentMd5 }),
          ...(securityToken === undefined ? {} : { 'security-token': securityToken }),
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (error) {
      throw new QueueError('unavailable', `MNS did not answer: ${messageOf(error)}`, { cause: error });
    }
  }

  return {
    async request(call) {
      // A receive is asked again by its caller's loop; the others may meet a connection that the server has just closed.
      const attempts = call.method === 'GET' ? 1 : ATTEMPTS;
      for (let attempt = 1; ; attempt += 1) {
        try {
          const answer = await once(call);
          if (answer.status < 500 || attempt >= attempts) return answer;
        } catch (error) {
          if (call.signal?.aborted === true || attempt >= attempts) throw error;
        }
        await clock.wait(backoffMs(attempt, 50, 1_000), call.signal);
      }
    },
    close: () => pool.destroy(),
  };
}

/** The error of an answer that is not a success; also for pages that no MNS wrote. */
export function errorOfAnswer(answer: MnsAnswer): QueueError {
  const refusal = read.refusal(answer.text);
  if (refusal === undefined) return new QueueError('unavailable', `MNS answered ${answer.status} in an unknown shape`);
  const message = `${refusal.Message ?? refusal.Code} (request ${refusal.RequestId ?? 'unknown'})`;
  return new QueueError(codeOfMns(refusal.Code, answer.status), message, { providerCode: refusal.Code });
}

/** Content-MD5 as the vendor's own clients write it: Base64 of the hexadecimal digest (RFC 1864 would want the raw bytes). */
function digestOf(body: string): string {
  return Buffer.from(createHash('md5').update(body, 'utf8').digest('hex')).toString('base64');
}
