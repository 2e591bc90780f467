import { randomInt, randomUUID } from 'node:crypto';
import type { Server } from 'node:http';

import { createAnsweringServer, type Answer, type WholeRequest } from '../http-server/answering-server.ts';
import { createNonces, parseQuery, verifyAcs3, type Acs3Deps } from '../kms/acs3.ts';
import { KmsError as OpenApiError } from '../kms/errors.ts';
import type { MailStore } from '../mail/store.ts';
import type { SecretsFile } from '../secrets-file/secrets-file.ts';
import { createNumberLimits, type NumberLimits } from './number-limits.ts';
import { readSendSms, type Approved } from './send-sms.ts';
import type { SmsSettings } from './settings.ts';

export interface DysmsDeps {
  readonly store: MailStore;
  readonly secretKeyOf: SecretsFile['secretKeyOf'];
  readonly nowMs: () => number;
  readonly approved: Approved;
  readonly settings: () => SmsSettings;
  readonly onFault: (error: unknown) => void;
}

const BODY_LIMIT_BYTES = 64 * 1024;
const VERSION = '2017-05-25';

/** Alibaba Cloud's Short Message Service as far as SendSms (OpenAPI, RPC style, ACS3 signatures). What is sent is kept and goes nowhere. */
export function createDysms(deps: DysmsDeps): Server {
  const acs3: Acs3Deps = { secretKeyOf: deps.secretKeyOf, nowMs: deps.nowMs, nonces: createNonces() };
  const limits = createNumberLimits();
  return createAnsweringServer({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    answer: (request) => sendSms(request, deps, acs3, limits),
    tooLong: (request) => errorAnswer(new OpenApiError(413, 'RequestEntityTooLarge', 'The request is too large.'), request.headers.host),
    failed: (error, request) => {
      if (error instanceof OpenApiError) return errorAnswer(error, request.headers.host);
      deps.onFault(error);
      return errorAnswer(new OpenApiError(500, 'InternalError', 'The stand-in failed; its log says why.'), request.headers.host);
    },
    onFault: deps.onFault,
  });
}

async function sendSms(request: WholeRequest, deps: DysmsDeps, acs3: Acs3Deps, limits: NumberLimits): Promise<Answer> {
  verifyAcs3(request, acs3);
  const { 'x-acs-action': action = '', 'x-acs-version': version = '', 'content-type': type = '' } = request.headers;
  const [path = '', query = ''] = request.target.split('?', 2);
  if (action !== 'SendSms' || version !== VERSION || path !== '/') {
    throw new OpenApiError(404, 'InvalidAction.NotFound', `This stand-in does not know ${String(action)} of version ${String(version)}.`);
  }
  // Clients may send an RPC action's parameters as a form instead of in the query.
  const form = type.startsWith('application/x-www-form-urlencoded') ? [...new URLSearchParams(request.body.toString('utf8'))] : [];
  const reading = readSendSms(new Map([...parseQuery(query), ...form]), deps.approved);
  if ('code' in reading) return refused(reading.code, reading.message);
  const nowMs = deps.nowMs();
  const broken = deps.settings().dysmsLimits ? limits.take(reading.to, nowMs) : undefined;
  if (broken !== undefined) return refused('isv.BUSINESS_LIMIT_CONTROL', broken);
  const receivedAt = new Date(nowMs).toISOString();
  await deps.store.add({ from: deps.approved.signName, to: [reading.to], subject: '', text: reading.text, receivedAt, vendor: 'dysms' });
  return jsonAnswer(200, newRequestId(), { Message: 'OK', Code: 'OK', BizId: `${randomInt(1e11, 9e11)}${nowMs}^0` });
}

/** Dysms says no with status 200. */
const refused = (code: string, message: string): Answer => jsonAnswer(200, newRequestId(), { Message: message, Code: code });

const newRequestId = (): string => randomUUID().toUpperCase();

function jsonAnswer(status: number, requestId: string, body: Readonly<Record<string, unknown>>): Answer {
  const headers = { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': requestId };
  return { status, headers, body: JSON.stringify({ ...body, RequestId: requestId }) };
}

function errorAnswer(error: OpenApiError, host = 'localhost'): Answer {
  return jsonAnswer(error.status, newRequestId(), { Code: error.code, Message: error.message, HostId: host });
}
