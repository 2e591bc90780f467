import { Compile } from 'typebox/compile';

import { MessageEnvelope, QueueMessage } from '#contracts/messages.ts';

const checkMessage = Compile(QueueMessage);
const checkEnvelope = Compile(MessageEnvelope);
const SWEEP = 'madeinworld.sync.sweep.v1';

export interface PointersRead {
  readonly kind: 'pointers';
  /** Of the message's body: the queue's own ids are known to its receiver alone. */
  readonly id: string;
  readonly pointers: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  readonly traceparent: string | undefined;
}

/** One received message, read. */
export type ReadMessage =
  | PointersRead
  | { readonly kind: 'sweep' }
  /** A message of ours that this version does not understand, by its type or by what it holds: of a newer publisher, for a newer worker. */
  | { readonly kind: 'unknown'; readonly type: string }
  | { readonly kind: 'malformed' };

/** Reads a message body; what is no message of ours is `malformed`, never an exception. */
export function readMessage(body: string): ReadMessage {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return { kind: 'malformed' };
  }
  if (!checkMessage.Check(message)) {
    return checkEnvelope.Check(message) ? { kind: 'unknown', type: message.type } : { kind: 'malformed' };
  }
  if (message.type === SWEEP) return { kind: 'sweep' };
  const pointers = new Map<string, Map<string, bigint>>();
  for (const [entity, list] of Object.entries(message.data.pointers)) {
    const keys = new Map<string, bigint>();
    for (const [key, version] of list) {
      const value = BigInt(version);
      if (value >= (keys.get(key) ?? 0n)) keys.set(key, value);
    }
    pointers.set(entity, keys);
  }
  return { kind: 'pointers', id: message.id, pointers, traceparent: message.traceparent };
}

/** Is a body, at a glance, one that only asks for a sweep? */
export const asksForSweep = (body: string): boolean => body.length < 1_000 && body.includes(`"${SWEEP}"`);

/** All pointers of a batch of messages, one a key with its greatest version: each row is read and sent once. */
export function coalesce(messages: readonly ReadMessage[]): Map<string, Map<string, bigint>> {
  const all = new Map<string, Map<string, bigint>>();
  for (const message of messages) {
    if (message.kind !== 'pointers') continue;
    for (const [entity, pointers] of message.pointers) {
      const keys = all.get(entity) ?? new Map<string, bigint>();
      all.set(entity, keys);
      for (const [key, version] of pointers) if (version >= (keys.get(key) ?? 0n)) keys.set(key, version);
    }
  }
  return all;
}

/** Which traces led to rows: asked with the keys of one body. Messages without a trace cost nothing. */
export function tracesOf(
  messages: readonly ReadMessage[],
): (rows: readonly { readonly entity: string; readonly key: string }[]) => string[] {
  const traced = messages.filter((message) => message.kind === 'pointers').filter((message) => message.traceparent !== undefined);
  return (rows) => {
    const found = traced.filter((message) => rows.some(({ entity, key }) => message.pointers.get(entity)?.has(key)));
    return [...new Set(found.flatMap((message) => message.traceparent ?? []))];
  };
}

/** Which row version the peer has answered, by entity and key. */
export type Answered = ReadonlyMap<string, ReadonlyMap<string, bigint>>;

/** May `message` be deleted? Only when each of its pointers is answered at its version or a later one. */
export function isAnswered(message: ReadMessage, answered: Answered): boolean {
  if (message.kind !== 'pointers') return message.kind !== 'unknown';
  for (const [entity, pointers] of message.pointers) {
    for (const [key, version] of pointers) {
      const upTo = answered.get(entity)?.get(key);
      if (upTo === undefined || upTo < version) return false;
    }
  }
  return true;
}

/** What of `message` is still to be done. */
export function unanswered(message: PointersRead, answered: Answered): PointersRead {
  const left = new Map<string, Map<string, bigint>>();
  for (const [entity, pointers] of message.pointers) {
    const upTo = answered.get(entity);
    const open = [...pointers].filter(([key, version]) => (upTo?.get(key) ?? -1n) < version);
    if (open.length > 0) left.set(entity, new Map(open));
  }
  return { ...message, pointers: left };
}
