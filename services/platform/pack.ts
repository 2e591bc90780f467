import { randomUUID } from 'node:crypto';

import type { PointersMessage } from '#contracts/messages.ts';

import type { OutboxRow } from './outbox.repository.ts';

/** A message body with the outbox rows whose pointers it carries. */
export interface PackedMessage {
  readonly id: string;
  readonly body: string;
  readonly rowIds: readonly string[];
}

export interface PackLimits {
  /** Bytes of a message body before any transport encoding. */
  readonly messageBytes: number;
  readonly pointersPerMessage: number;
}

const later = (a: string, b: string): string => (BigInt(a) >= BigInt(b) ? a : b);
/** JSON of a pointer: quotes, brackets and commas beside key and version. */
const POINTER_OVERHEAD_BYTES = 8;
const ENVELOPE_BYTES = 512;

/**
 * Packs pointers into as few messages as the limits allow; of several pointers to one key in a message the greatest version stays. Pure but for
 * message ids. A row whose pointers do not fit one message (500 long text keys, in MNS) goes in several: it is sent when all of them are.
 */
export function packPointers(rows: readonly OutboxRow[], limits: PackLimits, source: string, traceparent?: string): PackedMessage[] {
  const packed: PackedMessage[] = [];
  let entities = new Map<string, Map<string, string>>();
  let rowIds: string[] = [];
  let bytes = ENVELOPE_BYTES;
  let count = 0;

  const flush = (): void => {
    if (rowIds.length === 0) return;
    const pointers = Object.fromEntries([...entities].map(([entity, keys]) => [entity, [...keys]]));
    const message: PointersMessage = {
      specversion: '1.0',
      id: randomUUID(),
      source,
      type: 'madeinworld.sync.pointers.v1',
      ...(traceparent === undefined ? {} : { traceparent }),
      data: { pointers },
    };
    packed.push({ id: message.id, body: JSON.stringify(message), rowIds });
    entities = new Map();
    rowIds = [];
    bytes = ENVELOPE_BYTES;
    count = 0;
  };

  for (const row of rows) {
    const entityBytes = Buffer.byteLength(row.entity) + POINTER_OVERHEAD_BYTES;
    for (const [key, version] of row.pointers) {
      const size = Buffer.byteLength(JSON.stringify(key)) + version.length + POINTER_OVERHEAD_BYTES;
      const needed = size + (entities.has(row.entity) ? 0 : entityBytes);
      if (bytes + needed > limits.messageBytes || count === limits.pointersPerMessage) flush();
      if (!entities.has(row.entity)) bytes += entityBytes;
      const keys = entities.get(row.entity) ?? new Map<string, string>();
      entities.set(row.entity, keys);
      const held = keys.get(key);
      keys.set(key, held === undefined ? version : later(held, version));
      if (rowIds.at(-1) !== row.id) rowIds.push(row.id);
      bytes += size;
      count += 1;
    }
  }
  flush();
  return packed;
}

/** Of a claim's rows, those that are wholly sent, each with the (last) message that carried it. */
export function sentRows(
  messages: readonly PackedMessage[],
  isSent: (message: PackedMessage) => boolean,
): { row: string; message: string }[] {
  const sent = new Map<string, string>();
  for (const message of messages) if (isSent(message)) for (const row of message.rowIds) sent.set(row, message.id);
  for (const message of messages) if (!isSent(message)) for (const row of message.rowIds) sent.delete(row);
  return [...sent].map(([row, message]) => ({ row, message }));
}
