import { XMLParser } from 'fast-xml-parser';
import { Type, type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const NAMESPACE = 'http://mns.aliyuncs.com/doc/v1/';

/** By path: a `Message` is an entry of a list, and also the text of an error. */
const repeated = new Set<unknown>(['Messages.Message', 'Errors.Error']);

// Values stay text: the parser's guessing would turn an id or a count with leading zeros into another one.
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (_name, path) => repeated.has(path),
});

const ReceivedMessage = Type.Object({
  MessageId: Type.String({ minLength: 1 }),
  ReceiptHandle: Type.String({ minLength: 1 }),
  MessageBody: Type.String(),
  DequeueCount: Type.String({ pattern: '^[0-9]+$' }),
});
const SentMessage = Type.Object({
  MessageId: Type.Optional(Type.String()),
  ErrorCode: Type.Optional(Type.String()),
  ErrorMessage: Type.Optional(Type.String()),
});
const Refusal = Type.Object({ Code: Type.String(), Message: Type.Optional(Type.String()), RequestId: Type.Optional(Type.String()) });
const DeleteFailure = Type.Object({
  ErrorCode: Type.String(),
  ErrorMessage: Type.Optional(Type.String()),
  ReceiptHandle: Type.String(),
});

export type Refusal = Static<typeof Refusal>;

const readAs = <Schema extends TSchema>(schema: Schema): ((xml: string) => Static<Schema> | undefined) => {
  const validator = Compile(schema);
  return (xml) => {
    try {
      const value: unknown = parser.parse(xml);
      return validator.Check(value) ? value : undefined;
    } catch {
      return undefined;
    }
  };
};

const messages = readAs(Type.Object({ Messages: Type.Object({ Message: Type.Array(ReceivedMessage) }) }));
const sent = readAs(Type.Object({ Messages: Type.Object({ Message: Type.Array(SentMessage) }) }));
const refusal = readAs(Type.Object({ Error: Refusal }));
const deleteFailures = readAs(Type.Object({ Errors: Type.Object({ Error: Type.Array(DeleteFailure) }) }));
const Count = Type.String({ pattern: '^[0-9]+$' });
const attributes = readAs(Type.Object({ Queue: Type.Object({ ActiveMessages: Count, InactiveMessages: Count }) }));
const visibility = readAs(Type.Object({ ChangeVisibility: Type.Object({ ReceiptHandle: Type.String({ minLength: 1 }) }) }));

/** Readers of MNS's answers: undefined where the text is not that answer (a proxy's HTML page, say). */
export const read = {
  messages: (xml: string) => messages(xml)?.Messages.Message,
  sent: (xml: string) => sent(xml)?.Messages.Message,
  refusal: (xml: string) => refusal(xml)?.Error,
  deleteFailures: (xml: string) => deleteFailures(xml)?.Errors.Error,
  newReceipt: (xml: string) => visibility(xml)?.ChangeVisibility.ReceiptHandle,
  /** Of a queue's attributes, how many messages it holds, hidden ones included. */
  depth: (xml: string) => {
    const found = attributes(xml)?.Queue;
    return found === undefined ? undefined : Number(found.ActiveMessages) + Number(found.InactiveMessages);
  },
};

/** The body of BatchSendMessage. `bodies` are what shall be in the queue (Base64 already). */
export function writeMessages(bodies: readonly string[]): string {
  const entries = bodies.map((body) => `<Message><MessageBody>${escapeXml(body)}</MessageBody></Message>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?><Messages xmlns="${NAMESPACE}">${entries}</Messages>`;
}

/** The body of BatchDeleteMessage. */
export function writeReceipts(receipts: readonly string[]): string {
  const entries = receipts.map((receipt) => `<ReceiptHandle>${escapeXml(receipt)}</ReceiptHandle>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?><ReceiptHandles xmlns="${NAMESPACE}">${entries}</ReceiptHandles>`;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Character data that reads back as `text` (XML 1.0, section 2.4). */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}
