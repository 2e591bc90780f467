import type { SendOutcome } from './backend.ts';
import { MnsError } from './errors.ts';
import type { Operation } from './operation.ts';
import { readDelay, readWholeNumber, type QueueSettings } from './queue-settings.ts';
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

function describe(outcome: SendOutcome): XmlNode[] {
  if (!outcome.sent) {
    return [
      ['ErrorCode', outcome.senderFault ? 'InvalidArgument' : 'InternalError'],
      ['ErrorMessage', outcome.reason],
    ];
  }
  return [
    ['MessageId', outcome.messageId],
    ['MessageBodyMD5', outcome.bodyMd5.toUpperCase()],
  ];
}

/** SendMessage and BatchSendMessage: the document's root says which. */
export const sendMessages: Operation = async (request, { backend, queues }) => {
  const root = readXml(request.body);
  const { settings } = await queues.get(request.queue);
  if (root.name === 'Message') {
    const [outcome] = await backend.send(request.queue, [readMessage(root, settings)]);
    if (!outcome?.sent) {
      throw new MnsError(outcome?.senderFault ? 'InvalidArgument' : 'InternalError', outcome?.reason ?? 'the message was not sent');
    }
    return { status: 201, xml: writeXml('Message', describe(outcome)) };
  }
  if (root.name !== 'Messages') throw new MnsError('MalformedXML', `<Message> or <Messages> was expected, not <${root.name}>.`);
  const elements = readList(root, 'Message');
  if (elements.length > MAX_BATCH) throw new MnsError('InvalidArgument', `A batch should have at most ${MAX_BATCH} messages.`);
  const messages = elements.map((element) => readMessage(element, settings));
  const batchBytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.body), 0);
  if (batchBytes > MAX_BATCH_BYTES) {
    throw new MnsError('InvalidArgument', `The length of a whole batch should be at most ${MAX_BATCH_BYTES} bytes.`);
  }
  const outcomes = await backend.send(request.queue, messages);
  const status = outcomes.every((outcome) => outcome.sent) ? 201 : 500;
  return {
    status,
    xml: writeXml(
      'Messages',
      outcomes.map((outcome): XmlNode => ['Message', describe(outcome)]),
    ),
  };
};
