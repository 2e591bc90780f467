import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { ReadQueue, SavedMessage } from './message.ts';

const Message = Type.Object({
  body: Type.String(),
  messageAttributes: Type.Record(Type.String(), Type.Unknown()),
  delayUntil: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
});
const Queue = Type.Object({
  messages: Type.Object({
    ready: Type.Array(Message),
    delayed: Type.Array(Message),
    inflight: Type.Array(Type.Object({ message: Message })),
  }),
});

/** fauxqs shows a queue whole, without touching it (its README, "Queue inspection"). */
export function fauxqsQueue(url: string, name: string): ReadQueue {
  return async () => {
    const response = await fetch(`${url}/_fauxqs/queues/${name}`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`fauxqs answered ${response.status} when it was asked for the queue ${name}`);
    const { ready, delayed, inflight } = Value.Parse(Queue, await response.json()).messages;
    return [...ready, ...delayed, ...inflight.map(({ message }) => message)].map((message): SavedMessage => {
      const delayMs = (message.delayUntil ?? 0) - Date.now();
      return {
        body: message.body,
        ...(Object.keys(message.messageAttributes).length > 0 ? { attributes: message.messageAttributes } : {}),
        ...(delayMs > 0 ? { delayS: Math.ceil(delayMs / 1000) } : {}),
      };
    });
  };
}
