import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { createAnsweringServer, type Answer, type WholeRequest } from '../http-server/answering-server.ts';
import type { SecretsFile } from '../secrets-file/secrets-file.ts';
import { issueSession } from '../secrets-file/session.ts';
import { AwsError } from './errors.ts';
import { operations } from './operations.ts';
import { verifySigV4 } from './sigv4.ts';

export interface SecretsManagerDeps {
  readonly secrets: SecretsFile;
  readonly region: string;
  readonly nowMs: () => number;
  /** Whether a read of the secret (a name or an ARN) is refused on purpose; none is, where nothing is said. */
  readonly refuses?: (id: string) => boolean;
  readonly onFault: (error: unknown) => void;
}

const SERVICE = 'secretsmanager';
const BODY_LIMIT_BYTES = 256 * 1024;

/**
 * AWS Secrets Manager (JSON 1.1 protocol, `x-amz-target: secretsmanager.*`) and, on
 * `GET /credentials`, the endpoint from which a container of AWS fetches its credentials.
 */
export function createSecretsManager(deps: SecretsManagerDeps): Server {
  return createAnsweringServer({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    answer: async (request) => answerRequest(request, deps),
    tooLong: () => errorAnswer(new AwsError('RequestEntityTooLargeException', 'The request is too large.', 413)),
    failed: (error) => {
      if (error instanceof AwsError) return errorAnswer(error);
      deps.onFault(error);
      return errorAnswer(new AwsError('InternalServiceError', 'The stand-in failed; its log says why.', 500));
    },
    onFault: deps.onFault,
  });
}

function answerRequest(request: WholeRequest, deps: SecretsManagerDeps): Answer {
  if (request.method === 'GET' && request.target === '/credentials') return credentials(deps);
  verifySigV4(request, { secretKeyOf: deps.secrets.secretKeyOf, nowMs: deps.nowMs, service: SERVICE });
  const target = String(request.headers['x-amz-target'] ?? '');
  const run = target.startsWith(`${SERVICE}.`) ? operations.get(target.slice(SERVICE.length + 1)) : undefined;
  if (request.method !== 'POST' || !run) throw new AwsError('UnknownOperationException', `This stand-in does not know "${target}".`);
  const { secrets, region, refuses = () => false } = deps;
  return jsonAnswer(200, run(parseJson(request.body), { secrets, region, refuses, newVersionId: randomUUID }));
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
function credentials(deps: SecretsManagerDeps): Answer {
  const session = issueSession(deps.secrets.accessKey(), deps.nowMs());
  return jsonAnswer(200, {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: session.expiration,
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}

function jsonAnswer(status: number, body: Readonly<Record<string, unknown>>): Answer {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() };
  return { status, headers, body: JSON.stringify(body) };
}

function errorAnswer(error: AwsError): Answer {
  return jsonAnswer(error.status, { __type: error.code, Message: error.message });
}
