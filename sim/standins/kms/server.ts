import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { createAnsweringServer, type Answer, type WholeRequest } from '../http-server/answering-server.ts';
import type { SecretsFile } from '../secrets-file/secrets-file.ts';
import { issueSession } from '../secrets-file/session.ts';
import { createNonces, parseQuery, verifyAcs3, type Acs3Deps } from './acs3.ts';
import { KmsError } from './errors.ts';
import { getSecretValue } from './get-secret-value.ts';

export interface KmsDeps {
  readonly secrets: SecretsFile;
  readonly nowMs: () => number;
  /** Whether a read of the secret is refused on purpose; none is, where nothing is said. */
  readonly refuses?: (name: string) => boolean;
  readonly onFault: (error: unknown) => void;
}

const BODY_LIMIT_BYTES = 64 * 1024;
const VERSION = '2016-01-20';

/**
 * Alibaba KMS's GetSecretValue (OpenAPI, RPC style, ACS3 signatures) and, on `GET /credentials`,
 * what a workload reads from `ALIBABA_CLOUD_CREDENTIALS_URI`.
 */
export function createKms(deps: KmsDeps): Server {
  const acs3: Acs3Deps = { secretKeyOf: deps.secrets.secretKeyOf, nowMs: deps.nowMs, nonces: createNonces() };
  return createAnsweringServer({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    answer: async (request) => answerRequest(request, deps, acs3),
    tooLong: (request) => errorAnswer(new KmsError(413, 'RequestEntityTooLarge', 'The request is too large.'), request.headers.host),
    failed: (error, request) => {
      if (error instanceof KmsError) return errorAnswer(error, request.headers.host);
      deps.onFault(error);
      return errorAnswer(new KmsError(500, 'InternalFailure', 'The stand-in failed; its log says why.'), request.headers.host);
    },
    onFault: deps.onFault,
  });
}

function answerRequest(request: WholeRequest, deps: KmsDeps, acs3: Acs3Deps): Answer {
  if (request.method === 'GET' && request.target === '/credentials') return credentials(deps);
  verifyAcs3(request, acs3);
  const action = String(request.headers['x-acs-action']);
  const version = String(request.headers['x-acs-version']);
  if (action !== 'GetSecretValue' || version !== VERSION) {
    throw new KmsError(404, 'InvalidAction.NotFound', `This stand-in does not know ${action} of version ${version}.`);
  }
  const at = request.target.indexOf('?');
  const path = at < 0 ? request.target : request.target.slice(0, at);
  if (request.method !== 'POST' || path !== '/') throw new KmsError(404, 'InvalidAction.NotFound', 'GetSecretValue is a POST to /.');
  const parameters = new Map([...parseQuery(at < 0 ? '' : request.target.slice(at + 1)), ...formParameters(request)]);
  // https://www.alibabacloud.com/help/en/kms/key-management-service/developer-reference/api-kms-2016-01-20-getsecretvalue
  if (deps.refuses?.(parameters.get('SecretName') ?? '') === true)
    throw new KmsError(403, 'Forbidden.NoPermission', 'This operation is forbidden by permission system.');
  const requestId = newRequestId();
  return jsonAnswer(200, requestId, getSecretValue(parameters, deps.secrets, requestId));
}

/** Clients may send an RPC action's parameters as a form instead of in the query. */
function formParameters(request: WholeRequest): [string, string][] {
  if (!String(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) return [];
  return [...new URLSearchParams(request.body.toString('utf8'))];
}

/** The shape that `ALIBABA_CLOUD_CREDENTIALS_URI` readers expect: https://github.com/aliyun/credentials-nodejs */
function credentials(deps: KmsDeps): Answer {
  const session = issueSession(deps.secrets.accessKey(), deps.nowMs());
  return jsonAnswer(200, newRequestId(), {
    Code: 'Success',
    AccessKeyId: session.accessKeyId,
    AccessKeySecret: session.secretAccessKey,
    SecurityToken: session.sessionToken,
    Expiration: session.expiration,
  });
}

const newRequestId = (): string => randomUUID().toUpperCase();

function jsonAnswer(status: number, requestId: string, body: Readonly<Record<string, unknown>>): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': requestId },
    body: JSON.stringify(body),
  };
}

function errorAnswer(error: KmsError, host: string | undefined): Answer {
  const requestId = newRequestId();
  return jsonAnswer(error.status, requestId, {
    Code: error.code,
    Message: error.message,
    RequestId: requestId,
    HostId: host ?? 'localhost',
  });
}
