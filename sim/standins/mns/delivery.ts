import type { BackendEntry, BackendMessage } from './backend.ts';
import { MnsError } from './errors.ts';
import type { MessageTag } from './message-tag.ts';
import type { GatewayState } from './operation.ts';
import type { Queue } from './queues.ts';

/** The queue server's clock may be a little ahead of ours: what it shows that early is due. */
const EARLY_MS = 250;

/** What becomes of a message that the queue server handed out. */
type Fate = 'deliver' | 'drop' | 'delay' | 'bury';

const expiryOf = (message: BackendMessage, queue: Queue): number =>
  message.tag?.expiresAtMs ?? message.sentAtMs + queue.settings.MessageRetentionPeriod * 1000;

function fateOf(message: BackendMessage, queue: Queue, { delays, nowMs }: GatewayState): Fate {
  const { tag } = message;
  const now = nowMs();
  if (expiryOf(message, queue) <= now || (tag && delays.isVoid(tag))) return 'drop';
  if (tag?.dueAtMs !== undefined && tag.dueAtMs - now > EARLY_MS) return 'delay';
  const policy = queue.deadLetters;
  return policy?.enabled && message.receiveCount > policy.maxReceiveCount ? 'bury' : 'deliver';
}

/**
 * Receives up to `max` messages that a consumer may see, waiting up to `waitS` for the first that the queue server has. The others go where
 * they belong: messages past their retention and void copies away, those that are not due yet back, dead letters to their queue. What is
 * moved is sent first and removed then, so that a crash between the two makes a duplicate and no hole.
 */
export async function receiveDeliverable(state: GatewayState, queue: Queue, max: number, waitS: number): Promise<BackendMessage[]> {
  const received = await state.backend.receive(queue.name, max, queue.settings.VisibilityTimeout, waitS);
  if (received.length === 0) return received;
  const deliverable = await divert(state, queue, received);
  if (deliverable.length === received.length) return received;
  while (deliverable.length < max) {
    const more = await state.backend.receive(queue.name, max - deliverable.length, queue.settings.VisibilityTimeout, 0);
    if (more.length === 0) break;
    deliverable.push(...(await divert(state, queue, more)));
  }
  return deliverable;
}

/** Sends every message elsewhere that is not to be delivered; promises the rest. */
async function divert(state: GatewayState, queue: Queue, messages: readonly BackendMessage[]): Promise<BackendMessage[]> {
  const fates: Record<Fate, BackendMessage[]> = { deliver: [], drop: [], delay: [], bury: [] };
  for (const message of messages) fates[fateOf(message, queue, state)].push(message);
  const gone = [...fates.drop];
  if (fates.delay.length > 0) {
    const entries = fates.delay.map((message) => delayedEntry(message.body, message.tag, state));
    gone.push(...(await move(state, queue.name, fates.delay, entries)));
  }
  if (fates.bury.length > 0 && queue.deadLetters) {
    const entries = fates.bury.map((message) => buriedEntry(message, queue));
    try {
      gone.push(...(await move(state, queue.deadLetters.targetQueue, fates.bury, entries)));
    } catch (error) {
      if (!(error instanceof MnsError) || error.code !== 'QueueNotExist') throw error;
      // With no queue for dead letters they stay where they are.
      fates.deliver.push(...fates.bury);
    }
  }
  if (gone.length > 0) {
    await state.backend.remove(
      queue.name,
      gone.map((message) => message.receipt),
    );
  }
  for (const { tag } of [...fates.drop, ...fates.deliver]) if (tag) state.delays.leave(tag);
  return fates.deliver;
}

/** Sends the messages again as those entries; promises the ones that were sent. The others come back when their visibility ends. */
async function move(
  { backend }: GatewayState,
  to: string,
  messages: readonly BackendMessage[],
  entries: readonly BackendEntry[],
): Promise<BackendMessage[]> {
  const outcomes = await backend.send(to, entries);
  return messages.filter((_, index) => outcomes[index]?.sent);
}

/** The next round of a delay. */
function delayedEntry(body: string, tag: MessageTag | undefined, { maxDelayS, nowMs }: GatewayState): BackendEntry {
  const remainingS = Math.max(0, Math.ceil(((tag?.dueAtMs ?? 0) - nowMs()) / 1000));
  return { body, delayS: Math.min(remainingS, maxDelayS), ...(tag ? { tag } : {}) };
}

function buriedEntry(message: BackendMessage, queue: Queue): BackendEntry {
  const tag = { id: message.messageId, sentAtMs: message.sentAtMs, expiresAtMs: expiryOf(message, queue) };
  return { body: message.body, delayS: 0, tag };
}

/** Makes a delayed message due in `delayS`; says whether it was still delayed. */
export async function changeDelay(state: GatewayState, queue: string, id: string, delayS: number): Promise<boolean> {
  const message = state.delays.find(queue, id);
  if (!message) return false;
  const tag = { ...message.tag, dueAtMs: state.nowMs() + delayS * 1000 };
  const [outcome] = await state.backend.send(queue, [delayedEntry(message.body, tag, state)]);
  if (!outcome?.sent) throw new MnsError('InternalError', outcome?.reason ?? 'The message was not sent.');
  state.delays.replace(queue, tag);
  return true;
}
