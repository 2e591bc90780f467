import { delayedId } from './delays.ts';
import { changeDelay } from './delivery.ts';
import { MnsError } from './errors.ts';
import type { ClaimedLease } from './leases.ts';
import type { GatewayState, Operation, OperationRequest } from './operation.ts';
import { readWholeNumber } from './queue-settings.ts';
import { readDocument, readList } from './xml-reader.ts';
import { writeXml, type XmlNode } from './xml-writer.ts';

const MAX_BATCH = 16;
const MAX_VISIBILITY_S = 43_200;

interface Refused {
  readonly handle: string;
  readonly error: MnsError;
}

const gone = (): MnsError => new MnsError('MessageNotExist', 'The message does not exist any more.');

/** Deletes the messages of those handles; promises the handles that were refused. */
async function removeAll(queue: string, handles: readonly string[], { backend, leases, delays }: GatewayState): Promise<Refused[]> {
  const refused: Refused[] = [];
  const claimed: { handle: string; lease: ClaimedLease }[] = [];
  for (const handle of handles) {
    try {
      const lease = leases.claim(queue, handle);
      const delayed = delayedId(lease.receipt);
      if (delayed === undefined) claimed.push({ handle, lease });
      else if (!delays.cancel(queue, delayed)) throw gone();
    } catch (error) {
      if (!(error instanceof MnsError)) throw error;
      refused.push({ handle, error });
    }
  }
  if (claimed.length === 0) return refused;
  try {
    const removed = await backend.remove(
      queue,
      claimed.map(({ lease }) => lease.receipt),
    );
    for (const [index, { handle }] of claimed.entries()) {
      if (!removed[index]) refused.push({ handle, error: gone() });
    }
  } catch (error) {
    for (const { lease } of claimed) leases.restore(queue, lease);
    throw error;
  }
  return refused;
}

/** DeleteMessage where the query has a handle, else BatchDeleteMessage. */
export const deleteMessages: Operation = async (request, state) => {
  const handle = request.query.get('receipthandle');
  if (handle === undefined && request.body.length > 0) return deleteBatch(request, state);
  if (!handle) throw new MnsError('MissingReceiptHandle', 'ReceiptHandle is required.');
  await state.queues.get(request.queue);
  const [refused] = await removeAll(request.queue, [handle], state);
  if (refused) throw refused.error;
  return { status: 204 };
};

async function deleteBatch(request: OperationRequest, state: GatewayState): ReturnType<Operation> {
  const handles = readList(readDocument(request.body, 'ReceiptHandles'), 'ReceiptHandle').map((element) => element.text);
  if (handles.length > MAX_BATCH) throw new MnsError('InvalidArgument', `A batch should have at most ${MAX_BATCH} receipt handles.`);
  await state.queues.get(request.queue);
  const refused = await removeAll(request.queue, handles, state);
  if (refused.length === 0) return { status: 204 };
  const errors = refused.map(({ handle, error }): XmlNode => [
    'Error',
    [
      ['ErrorCode', error.code],
      ['ErrorMessage', error.message],
      ['ReceiptHandle', handle],
    ],
  ]);
  return { status: 404, xml: writeXml('Errors', errors) };
}

/** ChangeMessageVisibility. MNS refuses 0, so a consumer that gives up a message waits at least a second. */
export const changeMessageVisibility: Operation = async (request, state) => {
  const { backend, leases, queues } = state;
  const handle = request.query.get('receipthandle');
  if (!handle) throw new MnsError('MissingReceiptHandle', 'ReceiptHandle is required.');
  const visibility = request.query.get('visibilitytimeout');
  if (!visibility) throw new MnsError('MissingVisibilityTimeout', 'VisibilityTimeout is required.');
  const visibilityS = readWholeNumber('VisibilityTimeout', visibility, 1, MAX_VISIBILITY_S);
  await queues.get(request.queue);
  const lease = leases.claim(request.queue, handle);
  let inFlight: boolean;
  try {
    const delayed = delayedId(lease.receipt);
    inFlight =
      delayed === undefined
        ? await backend.changeVisibility(request.queue, lease.receipt, visibilityS)
        : await changeDelay(state, request.queue, delayed, visibilityS);
  } catch (error) {
    leases.restore(request.queue, lease);
    throw error;
  }
  if (!inFlight) throw gone();
  const renewed = leases.renew(request.queue, lease, visibilityS);
  return {
    status: 200,
    xml: writeXml('ChangeVisibility', [
      ['ReceiptHandle', renewed.handle],
      ['NextVisibleTime', renewed.expiresAtMs],
    ]),
  };
};
