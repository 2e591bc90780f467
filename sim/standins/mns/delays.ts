import type { MessageTag } from './message-tag.ts';

/** A message that waits for its time, with what it takes to send it again. */
interface DelayedMessage {
  readonly queue: string;
  readonly body: string;
  readonly sentAtMs: number;
  readonly expiresAtMs: number;
  /** The copy that counts; undefined once the message was deleted. */
  readonly copy: number | undefined;
  /** The copies that the queue server still has, void ones included. */
  readonly copies: readonly number[];
}

/**
 * The messages whose senders hold a receipt handle. An SQS server lets nobody touch a message before it is visible, so the gateway remembers
 * which copies are void and drops them when they come. This memory ends with the process: after a restart a delayed message is delivered
 * when it was due at first.
 */
export interface Delays {
  /** Remembers a message that was sent with a delay. */
  hold(queue: string, body: string, tag: MessageTag): void;
  /** The message as it would be sent again; undefined when it is no longer delayed. */
  find(queue: string, id: string): { readonly body: string; readonly tag: MessageTag } | undefined;
  /** From now on the copy of this tag counts, and no earlier one. */
  replace(queue: string, tag: MessageTag): void;
  /** Deletes the message; says whether there was one. */
  cancel(queue: string, id: string): boolean;
  /** Says whether a copy that came from the queue server must be dropped. */
  isVoid(tag: MessageTag): boolean;
  /** A copy has left the queue server, to be delivered or dropped. */
  leave(tag: MessageTag): void;
  /** How many copies the queue server counts that do not count here. */
  voidCopies(queue: string): number;
  forgetQueue(queue: string): void;
}

export function createDelays(): Delays {
  const messages = new Map<string, DelayedMessage>();
  const held = (queue: string, id: string): DelayedMessage | undefined => {
    const message = messages.get(id);
    return message?.queue === queue && message.copy !== undefined ? message : undefined;
  };

  return {
    hold(queue, body, { id, sentAtMs, expiresAtMs, copy = 1 }) {
      messages.set(id, { queue, body, sentAtMs, expiresAtMs, copy, copies: [copy] });
    },
    find(queue, id) {
      const message = held(queue, id);
      if (message?.copy === undefined) return undefined;
      const { body, sentAtMs, expiresAtMs } = message;
      return { body, tag: { id, sentAtMs, expiresAtMs, copy: message.copy + 1 } };
    },
    replace(queue, { id, copy = 1 }) {
      const message = held(queue, id);
      if (message) messages.set(id, { ...message, copy, copies: [...message.copies, copy] });
    },
    cancel(queue, id) {
      const message = held(queue, id);
      if (!message) return false;
      messages.set(id, { ...message, body: '', copy: undefined });
      return true;
    },
    isVoid(tag) {
      const message = messages.get(tag.id);
      // A copy that was delivered and comes again is no longer among them: it is not void.
      return message !== undefined && tag.copy !== undefined && message.copies.includes(tag.copy) && message.copy !== tag.copy;
    },
    leave(tag) {
      const message = messages.get(tag.id);
      if (!message || tag.copy === undefined) return;
      const copies = message.copies.filter((copy) => copy !== tag.copy);
      if (copies.length === 0) messages.delete(tag.id);
      else if (message.copy === tag.copy) messages.set(tag.id, { ...message, body: '', copy: undefined, copies });
      else messages.set(tag.id, { ...message, copies });
    },
    voidCopies(queue) {
      let count = 0;
      for (const message of messages.values()) {
        if (message.queue === queue) count += message.copies.filter((copy) => copy !== message.copy).length;
      }
      return count;
    },
    forgetQueue(queue) {
      for (const [id, message] of messages) if (message.queue === queue) messages.delete(id);
    },
  };
}

const PREFIX = 'delayed:';

/** What stands in a receipt handle for a message that the queue server has given no receipt for yet. */
export function delayedReceipt(id: string): string {
  return PREFIX + id;
}

/** The id of the delayed message that a receipt stands for; undefined for a receipt of the queue server's. */
export function delayedId(receipt: string): string | undefined {
  return receipt.startsWith(PREFIX) ? receipt.slice(PREFIX.length) : undefined;
}
