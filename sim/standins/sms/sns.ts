import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';

import { createAnsweringServer, type Answer, type WholeRequest } from '../http-server/answering-server.ts';
import type { MailStore } from '../mail/store.ts';
import type { SecretsFile } from '../secrets-file/secrets-file.ts';
import { AwsError } from '../secretsmanager/errors.ts';
import { verifySigV4 } from '../secretsmanager/sigv4.ts';
import { readPublish } from './publish.ts';
import type { SmsSettings } from './settings.ts';
import { errorXml, publishXml } from './sns-xml.ts';

export interface SnsDeps {
  readonly store: MailStore;
  readonly secretKeyOf: SecretsFile['secretKeyOf'];
  readonly nowMs: () => number;
  readonly settings: () => SmsSettings;
  readonly onFault: (error: unknown) => void;
}

const BODY_LIMIT_BYTES = 256 * 1024;

/** What the JSON protocols call otherwise than this one. https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html */
const queryErrors: ReadonlyMap<string, readonly [code: string, status: number]> = new Map([
  ['MissingAuthenticationTokenException', ['MissingAuthenticationToken', 403]],
  ['IncompleteSignatureException', ['IncompleteSignature', 400]],
  ['UnrecognizedClientException', ['InvalidClientTokenId', 403]],
  ['InvalidSignatureException', ['SignatureDoesNotMatch', 403]],
]);

/** AWS SNS as far as Publish to a phone number (Query protocol, version 2010-03-31). What is published is kept and goes nowhere. */
export function createSns(deps: SnsDeps): Server {
  return createAnsweringServer({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    answer: (request) => publish(request, deps),
    tooLong: () => errorAnswer(new AwsError('InvalidParameter', 'Invalid parameter: Message Reason: Message too long')),
    failed: (error) => {
      if (error instanceof AwsError) return errorAnswer(error);
      deps.onFault(error);
      return errorAnswer(new AwsError('InternalError', 'The stand-in failed; its log says why.', 500));
    },
    onFault: deps.onFault,
  });
}

async function publish(request: WholeRequest, { store, secretKeyOf, nowMs, settings }: SnsDeps): Promise<Answer> {
  verifySigV4(request, { secretKeyOf, nowMs, service: 'sns' });
  const parameters = new URLSearchParams(request.body.toString('utf8'));
  const [action, version] = [parameters.get('Action') ?? '', parameters.get('Version') ?? ''];
  if (request.method !== 'POST' || action !== 'Publish' || version !== '2010-03-31') {
    throw new AwsError('InvalidAction', `Could not find operation ${action} for version ${version}`);
  }
  const { to, text, senderId } = readPublish(parameters);
  // SNS takes a message to who has opted out, and delivers nothing: https://docs.aws.amazon.com/sns/latest/dg/sms_manage.html
  if (!settings().optedOut.includes(to)) {
    await store.add({ from: senderId, to: [to], subject: '', text, receivedAt: new Date(nowMs()).toISOString(), vendor: 'sns' });
  }
  return xmlAnswer(200, (requestId) => publishXml(randomUUID(), requestId));
}

function errorAnswer(error: AwsError): Answer {
  const [code, status] = queryErrors.get(error.code) ?? [error.code, error.status];
  return xmlAnswer(status, (requestId) => errorXml(code, error.message, status < 500 ? 'Sender' : 'Receiver', requestId));
}

function xmlAnswer(status: number, body: (requestId: string) => string): Answer {
  const requestId = randomUUID();
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body: body(requestId) };
}
