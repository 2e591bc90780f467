import { Type, type Static } from 'typebox';

/** A message of a queue, wherever it was: ready, delayed, or in the hands of a consumer. */
export const SavedMessage = Type.Object({
  body: Type.String(),
  /** As the SQS protocol writes them. */
  attributes: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** Of one that was delayed, how long it still had to wait. */
  delayS: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type SavedMessage = Static<typeof SavedMessage>;

/** The messages of a snapshot, by region and queue. */
export const SavedQueues = Type.Record(Type.String(), Type.Record(Type.String(), Type.Array(SavedMessage)));
export type SavedQueues = Static<typeof SavedQueues>;

/** Reads every message of a queue and leaves the queue as it was. */
export type ReadQueue = () => Promise<SavedMessage[]>;
