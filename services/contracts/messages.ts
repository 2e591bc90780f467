import { Type, type Static } from 'typebox';

/** A pointer: which row changed, and the version that the change gave it. Never what the row holds. */
const Pointer = Type.Tuple([Type.String({ minLength: 1, maxLength: 200 }), Type.String({ pattern: '^[0-9]{1,19}$' })]);

/** Queue message that names changed rows (CloudEvents 1.0, JSON format, with the distributed tracing extension). */
export const PointersMessage = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ minLength: 1 }),
  source: Type.String({ minLength: 1 }),
  type: Type.Literal('madeinworld.sync.pointers.v1'),
  traceparent: Type.Optional(Type.String()),
  data: Type.Object({ pointers: Type.Record(Type.String(), Type.Array(Pointer)) }),
});
export type PointersMessage = Static<typeof PointersMessage>;

/** Queue message by which a schedule asks for a sweep: what publishers left behind, and what is parked. */
export const SweepMessage = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ minLength: 1 }),
  source: Type.String({ minLength: 1 }),
  type: Type.Literal('madeinworld.sync.sweep.v1'),
});

/** What every message is, of whatever type: publishers of a later version may send types that are not known here yet. */
export const MessageEnvelope = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ minLength: 1 }),
  source: Type.String({ minLength: 1 }),
  type: Type.String({ minLength: 1, maxLength: 200 }),
});

export const QueueMessage = Type.Union([PointersMessage, SweepMessage]);
export type QueueMessage = Static<typeof QueueMessage>;
