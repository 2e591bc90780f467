import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Answer, WholeRequest } from '../http-server/answering-server.ts';
import { createNonces, parseQuery, verifyAcs3, type Acs3Deps } from '../kms/acs3.ts';
import { KmsError } from '../kms/errors.ts';
import { QUEUE_PARAMETERS, readDeadLetters, readSettings, refuseOthers, type Parameters } from './control-parameters.ts';
import { MnsError } from './errors.ts';
import type { GatewayState } from './operation.ts';
import { countMessages, removeQueue, seconds } from './queue-operations.ts';
import { DEFAULT_SETTINGS, readWholeNumber } from './queue-settings.ts';
import type { DeadLetterPolicy, Queue } from './queues.ts';
import { checkQueueName } from './route.ts';

export interface ControlPlane {
  /** Says whether a request is one of the control plane's: it is signed otherwise than the data plane's. */
  isFor(request: WholeRequest): boolean;
  answer(request: WholeRequest): Promise<Answer>;
}

export interface ControlPlaneDeps {
  readonly secretKeyOf: (accessKeyId: string) => string | undefined;
  readonly nowMs: () => number;
  readonly onFault: (error: unknown) => void;
}

type Data = Readonly<Record<string, unknown>>;
/** Promises what stands in `Data`; rejects with `MnsError` or `KmsError`. */
type Action = (parameters: Parameters, state: GatewayState) => Promise<Data>;

const VERSION = '2022-01-19';
const NO_POLICY: DeadLetterPolicy = { enabled: false, targetQueue: '', maxReceiveCount: 0 };
const DONE: Data = { Code: 200, Message: 'operation success', Success: true };

function queueNameOf(parameters: Parameters): string {
  const name = parameters.get('QueueName');
  if (!name) throw new KmsError(400, 'MissingQueueName', 'QueueName is mandatory for this action.');
  checkQueueName(name);
  return name;
}

async function readPolicyOf(name: string, parameters: Parameters, state: GatewayState): Promise<Queue['deadLetters']> {
  const base = (await state.queues.find(name))?.deadLetters;
  const policy = readDeadLetters(name, parameters, base);
  if (policy?.enabled) await state.queues.get(policy.targetQueue);
  return policy;
}

async function createQueue(parameters: Parameters, state: GatewayState): Promise<Data> {
  refuseOthers(parameters, QUEUE_PARAMETERS);
  const name = queueNameOf(parameters);
  const policy = await readPolicyOf(name, parameters, state);
  const isNew = await state.queues.create(name, readSettings(parameters, DEFAULT_SETTINGS));
  if (!isNew && !isDeepStrictEqual(policy ?? NO_POLICY, (await state.queues.get(name)).deadLetters ?? NO_POLICY)) {
    throw new MnsError('QueueAlreadyExist', 'The queue you want to create already exists with another dead-letter policy.');
  }
  if (isNew && policy) await state.queues.setDeadLetters(name, policy);
  return DONE;
}

async function setQueueAttributes(parameters: Parameters, state: GatewayState): Promise<Data> {
  refuseOthers(parameters, QUEUE_PARAMETERS);
  const name = queueNameOf(parameters);
  await state.queues.get(name);
  const policy = await readPolicyOf(name, parameters, state);
  await state.queues.change(name, (settings) => readSettings(parameters, settings));
  if (policy) await state.queues.setDeadLetters(name, policy);
  return DONE;
}

async function deleteQueue(parameters: Parameters, state: GatewayState): Promise<Data> {
  refuseOthers(parameters, ['QueueName']);
  await removeQueue(queueNameOf(parameters), state);
  return DONE;
}

async function describe(queue: Queue, state: GatewayState): Promise<Data> {
  const counts = await countMessages(queue.name, state);
  const { enabled, targetQueue, maxReceiveCount } = queue.deadLetters ?? NO_POLICY;
  return {
    QueueName: queue.name,
    QueueType: 'normal',
    CreateTime: seconds(queue.createdAtMs),
    LastModifyTime: seconds(queue.modifiedAtMs),
    ...queue.settings,
    DlqPolicy: {
      Enabled: enabled,
      ...(targetQueue === '' ? {} : { DeadLetterTargetQueue: targetQueue, MaxReceiveCount: String(maxReceiveCount) }),
    },
    ActiveMessages: counts.visible,
    InactiveMessages: counts.inFlight,
    DelayMessages: counts.delayed,
  };
}

async function getQueueAttributes(parameters: Parameters, state: GatewayState): Promise<Data> {
  refuseOthers(parameters, ['QueueName']);
  return describe(await state.queues.get(queueNameOf(parameters)), state);
}

async function listQueue(parameters: Parameters, state: GatewayState): Promise<Data> {
  refuseOthers(parameters, ['QueueName', 'PageNum', 'PageSize']);
  const pageNum = readWholeNumber('PageNum', parameters.get('PageNum') ?? '1', 1, 1_000_000);
  const pageSize = readWholeNumber('PageSize', parameters.get('PageSize') ?? '20', 1, 100);
  const queues = await state.queues.list(parameters.get('QueueName') ?? '');
  const page = queues.slice((pageNum - 1) * pageSize, pageNum * pageSize);
  return {
    PageData: await Promise.all(page.map((queue) => describe(queue, state))),
    PageNum: pageNum,
    PageSize: pageSize,
    Pages: Math.ceil(queues.length / pageSize),
    Size: page.length,
    Total: queues.length,
  };
}

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['CreateQueue', createQueue],
  ['SetQueueAttributes', setQueueAttributes],
  ['GetQueueAttributes', getQueueAttributes],
  ['DeleteQueue', deleteQueue],
  ['ListQueue', listQueue],
]);

/** RPC actions take their parameters in the query or as a form. */
function parametersOf(request: WholeRequest): Parameters {
  const at = request.target.indexOf('?');
  const isForm = String(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return new Map([
    ...parseQuery(at < 0 ? '' : request.target.slice(at + 1)),
    ...(isForm ? new URLSearchParams(request.body.toString('utf8')) : []),
  ]);
}

function answerOf(status: number, requestId: string, body: Data): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': requestId },
    body: JSON.stringify({ RequestId: requestId, ...body }),
  };
}

/**
 * The part of MNS's control plane that concerns queues (OpenAPI Mns-open 2022-01-19, RPC style, ACS3 signatures). In the cloud it has an
 * endpoint of its own; here it shares the gateway's. Dead-letter policies can only be set here, as in the cloud.
 */
export function createControlPlane(deps: ControlPlaneDeps, state: GatewayState): ControlPlane {
  const acs3: Acs3Deps = { secretKeyOf: deps.secretKeyOf, nowMs: deps.nowMs, nonces: createNonces() };
  const run = async (request: WholeRequest): Promise<Data> => {
    verifyAcs3(request, acs3);
    const { 'x-acs-action': name, 'x-acs-version': version } = request.headers;
    const action = version === VERSION ? ACTIONS.get(String(name)) : undefined;
    if (!action) throw new KmsError(404, 'InvalidAction.NotFound', `This stand-in does not know ${String(name)} of ${String(version)}.`);
    return action(parametersOf(request), state);
  };
  return {
    isFor: (request) => request.headers.authorization?.startsWith('ACS3-') ?? false,
    async answer(request) {
      const requestId = randomUUID().toUpperCase();
      try {
        return answerOf(200, requestId, {
          Code: 200,
          Status: 'Success',
          Message: 'operation success',
          Success: true,
          Data: await run(request),
        });
      } catch (error) {
        const known = error instanceof MnsError || error instanceof KmsError;
        if (!known) deps.onFault(error);
        const { status, code, message } = known ? error : new MnsError('InternalError', 'The stand-in failed; its log says why.');
        return answerOf(status, requestId, { Code: code, Message: message, HostId: request.headers.host ?? 'localhost' });
      }
    },
  };
}
