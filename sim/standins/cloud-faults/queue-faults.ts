import type { SqsCall } from '../sqs/call.ts';
import { createRandom } from '../toxiproxy/random.ts';
import { delayedBy, queueFaultKinds, type QueueFault, type QueueFaultKind, type Tally } from './queue-fault.ts';
import { acknowledged, isBatch, isSingle, takenIn, withAcknowledged, type Batch, type Single } from './sends.ts';

/** The faults of one cloud's queues: at most one of a kind, and any kinds at once. */
export interface QueueFaults {
  /** Puts a fault in force in the place of one of its kind. Told the same once more, one goes on where it was. */
  set(kind: QueueFaultKind, fault: QueueFault): void;
  /** Takes one away. */
  clear(kind: QueueFaultKind): void;
  tallyOf(kind: QueueFaultKind): Tally | undefined;
  /** Those in force. */
  kinds(): readonly QueueFaultKind[];
  /** The same calls, but for what the faults in force do to SendMessage and SendMessageBatch. Messages of FIFO queues are left alone. */
  wrap(call: SqsCall): SqsCall;
}

interface InForce {
  readonly fault: QueueFault;
  readonly random: () => number;
  seen: number;
  struck: number;
}

/** What happens to one message. */
type Fate = Readonly<Record<QueueFaultKind, boolean>>;

/** `ready`: until then calls wait, for the faults that were in force before a restart are not yet. */
export function createQueueFaults(ready?: Promise<void>): QueueFaults {
  const inForce = new Map<QueueFaultKind, InForce>();

  return {
    set(kind, fault) {
      const held = inForce.get(kind);
      if (held !== undefined && JSON.stringify(held.fault) === JSON.stringify(fault)) return;
      inForce.set(kind, { fault, random: createRandom(fault.seed), seen: 0, struck: 0 });
    },
    clear: (kind) => void inForce.delete(kind),
    tallyOf(kind) {
      const held = inForce.get(kind);
      return held === undefined ? undefined : { seen: held.seen, struck: held.struck };
    },
    kinds: () => queueFaultKinds.filter((kind) => inForce.has(kind)),
    wrap: (call) => async (action, input) => {
      await ready;
      if (inForce.size === 0) return call(action, input);
      if (action === 'SendMessage' && isSingle(input)) return sendOne(new Map(inForce), call, input);
      if (action === 'SendMessageBatch' && isBatch(input)) return sendBatch(new Map(inForce), call, input);
      return call(action, input);
    },
  };
}

/** The faults as they are when a message is sent: one that is put in force meanwhile does not concern it. */
type Present = ReadonlyMap<QueueFaultKind, InForce>;

function fateUnder(present: Present): Fate {
  // Each fault draws for each message, so that its choices do not depend on the other faults.
  const struck = (kind: QueueFaultKind): boolean => {
    const held = present.get(kind);
    return held !== undefined && held.random() < held.fault.share;
  };
  return { drop: struck('drop'), delay: struck('delay'), duplicate: struck('duplicate') };
}

/** Counts messages that the queue has taken, or lost in spite of saying so; `twice`: how many of them are there twice. */
function count(present: Present, fates: readonly Fate[], twice: number): void {
  for (const [kind, held] of present) {
    held.seen += fates.length;
    // What is dropped is neither late nor there twice.
    if (kind === 'duplicate') held.struck += twice;
    else held.struck += fates.filter((fate) => fate[kind] && (kind === 'drop' || !fate.drop)).length;
  }
}

function late<Sent extends { readonly DelaySeconds?: number }>(present: Present, sent: Sent, fate: Fate | undefined): Sent {
  const delay = present.get('delay');
  return fate?.delay === true && delay !== undefined ? { ...sent, DelaySeconds: delayedBy(sent.DelaySeconds, delay.fault) } : sent;
}

async function sendOne(present: Present, call: SqsCall, input: Single): Promise<unknown> {
  const fate = fateUnder(present);
  if (fate.drop) {
    await requireQueue(call, input.QueueUrl);
    count(present, [fate], 0);
    return acknowledged(input);
  }
  const sent = late(present, input, fate);
  const answer = await call('SendMessage', sent);
  const again = fate.duplicate && (await succeeds(call('SendMessage', sent)));
  count(present, [fate], again ? 1 : 0);
  return answer;
}

async function sendBatch(present: Present, call: SqsCall, input: Batch): Promise<unknown> {
  const entries = input.Entries;
  const fates = new Map(entries.map((entry) => [entry.Id, fateUnder(present)] as const));
  const kept = entries.filter((entry) => fates.get(entry.Id)?.drop !== true);
  const sent = kept.map((entry) => late(present, entry, fates.get(entry.Id)));
  const untouched = sent.length === entries.length && sent.every((entry, index) => entry === entries[index]);
  let answer: unknown = {};
  if (sent.length === 0) await requireQueue(call, input.QueueUrl);
  else answer = await call('SendMessageBatch', untouched ? input : { ...input, Entries: sent });
  const taken = new Set(takenIn(answer).map((success) => success.Id));
  const twice = sent.filter((entry) => taken.has(entry.Id) && fates.get(entry.Id)?.duplicate === true);
  const doubled = twice.length === 0 ? 0 : await takenOf(call, { ...input, Entries: twice });
  count(
    present,
    entries.flatMap(({ Id }) => {
      const fate = fates.get(Id);
      return fate !== undefined && (fate.drop || taken.has(Id)) ? [fate] : [];
    }),
    doubled,
  );
  if (kept.length === entries.length) return answer;
  const lost = entries.filter((entry) => fates.get(entry.Id)?.drop === true);
  return withAcknowledged(answer, lost, entries);
}

/** What is lost is acknowledged by a queue that is there: rejects as the server does where it is not. */
async function requireQueue(call: SqsCall, queueUrl: string): Promise<void> {
  await call('GetQueueAttributes', { QueueUrl: queueUrl, AttributeNames: ['QueueArn'] });
}

async function succeeds(sending: Promise<unknown>): Promise<boolean> {
  return sending.then(
    () => true,
    () => false,
  );
}

/** Sends a batch and says how many the queue took. One that fails is no concern of the sender, whose own copy is there. */
async function takenOf(call: SqsCall, input: Readonly<Record<string, unknown>>): Promise<number> {
  return takenIn(await call('SendMessageBatch', input).catch(() => undefined)).length;
}
