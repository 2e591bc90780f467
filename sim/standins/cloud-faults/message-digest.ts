import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';

/** A message attribute as the JSON protocol carries it: binary ones in Base64. */
export const MessageAttribute = Type.Object({
  DataType: Type.String({ minLength: 1 }),
  StringValue: Type.Optional(Type.String()),
  BinaryValue: Type.Optional(Type.String()),
});
export type MessageAttributes = Readonly<Record<string, Static<typeof MessageAttribute>>>;

const STRING = 1;
const BINARY = 2;

/** Lower-case hex, as SQS answers it. */
export function digestOfBody(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

/**
 * MD5OfMessageAttributes, or undefined where there are none. Source: "Calculating the MD5 message digest for message attributes",
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function digestOfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType: type = '', StringValue: text = '', BinaryValue: base64 = '' } = attributes[name] ?? {};
    add(Buffer.from(name));
    add(Buffer.from(type));
    const binary = type.startsWith('Binary');
    hash.update(Buffer.of(binary ? BINARY : STRING));
    add(binary ? Buffer.from(base64, 'base64') : Buffer.from(text));
  }
  return hash.digest('hex');
}
