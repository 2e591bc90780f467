import type { BackendMessage } from './backend.ts';
import { receiveDeliverable } from './delivery.ts';
import { MnsError } from './errors.ts';
import type { GatewayState, Operation, OperationRequest } from './operation.ts';
import { readWholeNumber } from './queue-settings.ts';
import type { Queue } from './queues.ts';
import { writeXml, type XmlNode } from './xml-writer.ts';

const MAX_BATCH = 16;
const MAX_WAIT_S = 30;
/**
 * A poll asks the queue server again each second. So a poll whose client has gone away ends soon,
 * and a gateway that is to end does not wait for it.
 */
const SLICE_S = 1;
/** MNS's default; the queue server behind has none. */
const PRIORITY = 8;

function readQueryNumber(request: OperationRequest, name: string, min: number, max: number): number | undefined {
  const text = request.query.get(name.toLowerCase());
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) throw new MnsError('InvalidQueryString', `The value of ${name} in the query string is not a number.`);
  return readWholeNumber(name, text, min, max);
}

async function poll(request: OperationRequest, state: GatewayState, queue: Queue, max: number, waitS: number): Promise<BackendMessage[]> {
  const receive = (sliceS: number): Promise<BackendMessage[]> => receiveDeliverable(state, queue, max, sliceS);
  const first = await receive(0);
  if (first.length > 0 || waitS === 0 || state.polls.waiting >= state.pollQuota) return first;
  const untilMs = state.nowMs() + waitS * 1000;
  state.polls.waiting += 1;
  try {
    while (state.nowMs() < untilMs && !request.signal.aborted && !state.draining.aborted) {
      const messages = await receive(SLICE_S);
      if (messages.length > 0) return messages;
    }
  } finally {
    state.polls.waiting -= 1;
  }
  return [];
}

/** ReceiveMessage, and BatchReceiveMessage where `numOfMessages` is given. */
export const receiveMessages: Operation = async (request, state) => {
  if (request.query.get('peekonly')?.toLowerCase() === 'true') {
    throw new MnsError('NotSimulated', 'Peeking is not simulated: the queue server behind cannot show a message without receiving it.');
  }
  const max = readQueryNumber(request, 'numOfMessages', 1, MAX_BATCH);
  const wait = readQueryNumber(request, 'waitseconds', 0, MAX_WAIT_S);
  const queue = await state.queues.get(request.queue);
  const messages = await poll(request, state, queue, max ?? 1, wait ?? queue.settings.PollingWaitSeconds);
  if (messages.length === 0) throw new MnsError('MessageNotExist', 'Message not exist.');

  const described = messages.map((message): XmlNode[] => {
    const lease = state.leases.open(queue.name, message.receipt, queue.settings.VisibilityTimeout, message.body);
    return [
      ['MessageId', message.messageId],
      ['ReceiptHandle', lease.handle],
      ['MessageBody', message.body],
      ['MessageBodyMD5', message.bodyMd5.toUpperCase()],
      ['EnqueueTime', message.sentAtMs],
      ['NextVisibleTime', lease.expiresAtMs],
      ['FirstDequeueTime', message.firstReceivedAtMs],
      ['DequeueCount', message.receiveCount],
      ['Priority', PRIORITY],
    ];
  });
  const [only] = described;
  const xml =
    max === undefined && only
      ? writeXml('Message', only)
      : writeXml(
          'Messages',
          described.map((fields): XmlNode => ['Message', fields]),
        );
  return {
    status: 200,
    xml,
    undelivered: async () => {
      const receipts = messages.map((message) => message.receipt);
      for (const receipt of receipts) state.leases.abandon(queue.name, receipt);
      await state.backend.release(queue.name, receipts);
    },
  };
};
