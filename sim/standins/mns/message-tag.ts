import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

/**
 * What the queue server keeps with a message for the gateway, where the gateway sends the same message more than once: when it is delayed
 * for longer than SQS can, and when it becomes a dead letter. Times are milliseconds since 1970.
 */
const MessageTag = Type.Object({
  /** The id that MNS's clients know, whatever the queue server calls this copy. */
  id: Type.String({ minLength: 1 }),
  sentAtMs: Type.Integer(),
  /** The end of its retention, which moving does not put off. */
  expiresAtMs: Type.Integer(),
  /** Not to be delivered before. */
  dueAtMs: Type.Optional(Type.Integer()),
  /** Which of the copies that were made when its delay was changed. */
  copy: Type.Optional(Type.Integer()),
});

export type MessageTag = Static<typeof MessageTag>;

const checker = Compile(MessageTag);

/** The attribute of an SQS message that holds the tag. */
export const TAG_ATTRIBUTE = 'mns-gateway';

export function writeTag(tag: MessageTag): string {
  return JSON.stringify(tag);
}

/** Reads a tag; undefined when the text is not one, as with a message that someone else put into the queue server. */
export function readTag(text: string): MessageTag | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return checker.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
