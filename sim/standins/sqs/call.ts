import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** One call of the SQS JSON protocol: promises the parsed body, rejects with `SqsCallError`. */
export type SqsCall = (action: string, input: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** The queue server refused a call, or could not be reached (`code` is then `Unreachable`). */
export class SqsCallError extends Error {
  override readonly name = 'SqsCallError';
  /** The error's shape name without its namespace: `QueueDoesNotExist`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get queueMissing(): boolean {
    return this.code === 'QueueDoesNotExist' || this.code === 'AWS.SimpleQueueService.NonExistentQueue';
  }
}

const errorBody = Compile(
  Type.Object({ __type: Type.String(), message: Type.Optional(Type.String()), Message: Type.Optional(Type.String()) }),
);

/** Headers of a call. Emulators read the region out of the scope and check no signature. */
export function callHeaders(action: string, region: string): Record<string, string> {
  return {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `AmazonSQS.${action}`,
    authorization: `AWS4-HMAC-SHA256 Credential=standin/20260101/${region}/sqs/aws4_request, SignedHeaders=host, Signature=none`,
  };
}

/** Reads an answer of the SQS JSON protocol. Throws `SqsCallError` for anything but success. */
export function readCallAnswer(action: string, status: number, text: string): unknown {
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new SqsCallError('Unintelligible', `the queue server answered ${action} with ${status} and no JSON`, { cause: error });
  }
  return readCallBody(action, status, body);
}

/** The same where the body is no text any more. */
export function readCallBody(action: string, status: number, body: unknown): unknown {
  if (status >= 200 && status < 300) return body;
  if (!errorBody.Check(body)) throw new SqsCallError('Unintelligible', `the queue server answered ${action} with ${status}`);
  const code = body.__type.slice(body.__type.lastIndexOf('#') + 1);
  throw new SqsCallError(code, body.message ?? body.Message ?? code);
}
