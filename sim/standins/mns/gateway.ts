import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createAnsweringServer, type Answer, type WholeRequest } from '../http-server/answering-server.ts';
import type { SqsCall } from '../sqs/call.ts';
import { createSqsBackend, MAX_DELAY_S } from './backend.ts';
import { createControlPlane } from './control-plane.ts';
import { createDelays } from './delays.ts';
import { MnsError } from './errors.ts';
import { createLeases } from './leases.ts';
import type { GatewayState, Operation, OperationAnswer } from './operation.ts';
import { createQueue, deleteQueue, getQueueAttributes, listQueue, setQueueAttributes } from './queue-operations.ts';
import { createQueues } from './queues.ts';
import { receiveMessages } from './receive.ts';
import { routeRequest, type OperationName } from './route.ts';
import { sendMessages } from './send.ts';
import { changeMessageVisibility, deleteMessages } from './settle.ts';
import { verifyDigest, verifySignature, type SignatureDeps } from './signature.ts';
import { writeXml } from './xml-writer.ts';

export interface GatewayDeps extends SignatureDeps {
  /** The queue server behind. */
  readonly sqs: SqsCall;
  /** Aborted when the gateway is to end. */
  readonly draining: AbortSignal;
  readonly onFault: (error: unknown) => void;
  /** How many long polls may wait at a time. */
  readonly pollQuota?: number;
  /** How long the queue server may delay a message at once; SQS's 900 s unless given. */
  readonly maxDelayS?: number;
}

const VERSION = '2015-06-06';
/** 64 KB of body, five times as long if every character is escaped, and the elements around it. */
const BODY_LIMIT_BYTES = 512 * 1024;
const DEFAULT_POLL_QUOTA = 1000;

const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  ListQueue: listQueue,
  CreateQueue: createQueue,
  SetQueueAttributes: setQueueAttributes,
  GetQueueAttributes: getQueueAttributes,
  DeleteQueue: deleteQueue,
  SendMessages: sendMessages,
  ReceiveMessages: receiveMessages,
  DeleteMessages: deleteMessages,
  ChangeMessageVisibility: changeMessageVisibility,
};

const boot = randomBytes(6).toString('hex').toUpperCase();
let requests = 0;

function newRequestId(): string {
  requests += 1;
  return `${boot}${requests.toString(16).toUpperCase().padStart(12, '0')}`;
}

const baseUrlOf = (headers: IncomingHttpHeaders): string => `http://${headers.host ?? 'localhost'}`;

/** Alibaba Cloud's MNS (HTTP API 2015-06-06) in front of a server that speaks SQS. It does not listen yet. */
export function createGateway(deps: GatewayDeps): Server {
  const backend = createSqsBackend(deps.sqs);
  const state: GatewayState = {
    backend,
    queues: createQueues(backend, deps.nowMs),
    leases: createLeases(deps.nowMs),
    delays: createDelays(),
    maxDelayS: deps.maxDelayS ?? MAX_DELAY_S,
    nowMs: deps.nowMs,
    draining: deps.draining,
    pollQuota: deps.pollQuota ?? DEFAULT_POLL_QUOTA,
    polls: { waiting: 0 },
  };
  const controlPlane = createControlPlane(deps, state);
  return createAnsweringServer({
    bodyLimitBytes: BODY_LIMIT_BYTES,
    answer: (request) => (controlPlane.isFor(request) ? controlPlane.answer(request) : answerRequest(request, deps, state)),
    tooLong: (request) => writeError(new MnsError('InvalidArgument', 'The request is too long.'), request.headers),
    failed: (error, request) => {
      if (error instanceof MnsError) return writeError(error, request.headers);
      deps.onFault(error);
      return writeError(new MnsError('InternalError', 'Internal error.'), request.headers);
    },
    onFault: deps.onFault,
  });
}

/** No part of MNS, and unsigned: what the queue server behind cannot tell, for whoever saves the queues of a twin. */
const IN_FLIGHT = '/_standin/in-flight/';

async function answerRequest(request: WholeRequest, deps: GatewayDeps, state: GatewayState): Promise<Answer> {
  if (request.target.startsWith(IN_FLIGHT)) {
    const bodies = state.leases.bodies(request.target.slice(IN_FLIGHT.length));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ bodies }) };
  }
  verifySignature(request, deps);
  verifyDigest(request.headers, request.body);
  const version = request.headers['x-mns-version'];
  if (version !== undefined && version !== VERSION)
    throw new MnsError('InvalidArgument', `The value of x-mns-version should be ${VERSION}.`);
  const route = routeRequest(request.method, request.target);
  const { headers, body, signal } = request;
  const answer = await OPERATIONS[route.operation]({ ...route, headers, body, signal, baseUrl: baseUrlOf(headers) }, state);
  return writeAnswer(answer, newRequestId());
}

function writeAnswer(answer: OperationAnswer, requestId: string): Answer {
  const common = { 'x-mns-request-id': requestId, 'x-mns-version': VERSION };
  const content = answer.xml === undefined ? {} : { 'content-type': 'text/xml;charset=utf-8' };
  return {
    status: answer.status,
    headers: { ...common, ...content, ...answer.headers },
    body: answer.xml ?? '',
    ...(answer.undelivered ? { undelivered: answer.undelivered } : {}),
  };
}

/** Clients crash on an error without all four of its elements. */
function writeError(error: MnsError, headers: IncomingHttpHeaders): Answer {
  const requestId = newRequestId();
  const xml = writeXml('Error', [
    ['Code', error.code],
    ['Message', error.message],
    ['RequestId', requestId],
    ['HostId', baseUrlOf(headers)],
  ]);
  return writeAnswer({ status: error.status, xml }, requestId);
}
