import { randomUUID } from 'node:crypto';
import type { BackendEntry, SendOutcome } from './backend.ts';
import { delayedReceipt } from './delays.ts';
import { MnsError } from './errors.ts';
import type { GatewayState, Operation } from './operation.ts';
import { readDelay, readWholeNumber, type QueueSettings } from './queue-settings.ts';
import type { Queue } from './queues.ts';
import { readFields, readList, readXml, type XmlElement } from './xml-reader.ts';
import { writeXml, type XmlNode } from './xml-writer.ts';

const MAX_BATCH = 16;
const MAX_BATCH_BYTES = 65_536;
const DEFAULT_PRIORITY = 8;

interface Outgoing {
  readonly body: string;
  readonly delayS: number;
}

function readMessage(element: XmlElement, settings: QueueSettings): Outgoing {
  const fields = readFields(element, ['MessageBody', 'DelaySeconds', 'Priority']);
  const body = fields.get('MessageBody');
  if (body === undefined) throw new MnsError('MalformedXML', 'A message has no MessageBody.');
  const bytes = Buffer.byteLength(body);
  if (bytes === 0 || bytes > settings.MaximumMessageSize) {
    throw new MnsError('InvalidArgument', `The length of message should be between 1 and ${settings.MaximumMessageSize} bytes.`);
  }
  const priority = fields.get('Priority');
  if (priority !== undefined && readWholeNumber('Priority', priority, 1, 16) !== DEFAULT_PRIORITY) {
    throw new MnsError('NotSimulated', 'Priorities are not simulated: the queue server behind has none. Leave Priority out.');
  }
  const delay = fields.get('DelaySeconds');
  return { body, delayS: delay === undefined ? settings.DelaySeconds : readDelay(delay) };
}

interface Sent {
  readonly outcome: SendOutcome;
  /** The receipt handle of a delayed message. */
  readonly handle?: string;
}

/** Sends the messages, with what a delay takes: a tag, and a receipt handle for their sender. */
async function sendAll(queue: Queue, messages: readonly Outgoing[], state: GatewayState): Promise<Sent[]> {
  const nowMs = state.nowMs();
  const expiresAtMs = nowMs + queue.settings.MessageRetentionPeriod * 1000;
  const entries = messages.map(({ body, delayS }): BackendEntry => {
    if (delayS === 0) return { body, delayS };
    const tag = { id: randomUUID(), sentAtMs: nowMs, expiresAtMs, dueAtMs: nowMs + delayS * 1000, copy: 1 };
    return { body, delayS: Math.min(delayS, state.maxDelayS), tag };
  });
  const outcomes = await state.backend.send(queue.name, entries);
  return outcomes.map((outcome, index) => {
    const { body, tag } = entries[index] ?? {};
    if (!outcome.sent || body === undefined || tag === undefined) return { outcome };
    state.delays.hold(queue.name, body, tag);
    const { handle } = state.leases.open(queue.name, delayedReceipt(tag.id), messages[index]?.delayS ?? 0, undefined);
    return { outcome: { ...outcome, messageId: tag.id }, handle };
  });
}

function describe({ outcome, handle }: Sent): XmlNode[] {
  if (!outcome.sent) {
    return [
      ['ErrorCode', outcome.senderFault ? 'InvalidArgument' : 'InternalError'],
      ['ErrorMessage', outcome.reason],
    ];
  }
  return [
    ['MessageId', outcome.messageId],
    ['MessageBodyMD5', outcome.bodyMd5.toUpperCase()],
    ['ReceiptHandle', handle],
  ];
}

/** SendMessage and BatchSendMessage: the document's root says which. */
export const sendMessages: Operation = async (request, state) => {
  const root = readXml(request.body);
  const queue = await state.queues.get(request.queue);
  if (root.name === 'Message') {
    const [sent] = await sendAll(queue, [readMessage(root, queue.settings)], state);
    if (!sent) throw new MnsError('InternalError', 'The message was not sent.');
    const { outcome } = sent;
    if (!outcome.sent) throw new MnsError(outcome.senderFault ? 'InvalidArgument' : 'InternalError', outcome.reason);
    return { status: 201, xml: writeXml('Message', describe(sent)) };
  }
  if (root.name !== 'Messages') throw new MnsError('MalformedXML', `<Message> or <Messages> was expected, not <${root.name}>.`);
  const elements = readList(root, 'Message');
  if (elements.length > MAX_BATCH) throw new MnsError('InvalidArgument', `A batch should have at most ${MAX_BATCH} messages.`);
  const messages = elements.map((element) => readMessage(element, queue.settings));
  const batchBytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.body), 0);
  if (batchBytes > MAX_BATCH_BYTES) {
    throw new MnsError('InvalidArgument', `The length of a whole batch should be at most ${MAX_BATCH_BYTES} bytes.`);
  }
  const sent = await sendAll(queue, messages, state);
  const status = sent.every(({ outcome }) => outcome.sent) ? 201 : 500;
  return {
    status,
    xml: writeXml(
      'Messages',
      sent.map((entry): XmlNode => ['Message', describe(entry)]),
    ),
  };
};
