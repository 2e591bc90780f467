import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { SqsCall } from './call.ts';

/** A schedule that is running. */
export interface SweepSchedule {
  stop(): void;
}

export interface SweepDeps {
  readonly call: SqsCall;
  readonly queues: readonly string[];
  readonly intervalMs: number;
  /** How this cloud's clients put text into a message: as it is (SQS), or as Base64 (MNS). */
  readonly encode: (text: string) => string;
  /** Told the first time in a row that a sweep could not be sent. */
  readonly onFault: (error: unknown) => void;
}

const queueUrlSchema = Compile(Type.Object({ QueueUrl: Type.String() }));
const depthSchema = Compile(Type.Object({ Attributes: Type.Object({ ApproximateNumberOfMessages: Type.String() }) }));

/** The text of a sweep: a CloudEvent without data (https://github.com/cloudevents/spec, version 1.0). */
function sweepText(): string {
  return JSON.stringify({ specversion: '1.0', id: randomUUID(), source: 'scheduler', type: 'madeinworld.sync.sweep.v1' });
}

/**
 * Puts one sweep into the queue unless messages wait in it already: whoever reads those sweeps
 * anyway, and sweeps must not pile up while nobody reads. Says whether it sent one.
 */
export async function sweepOnce(deps: Pick<SweepDeps, 'call' | 'encode'>, queue: string): Promise<boolean> {
  const found = queueUrlSchema.Parse(await deps.call('GetQueueUrl', { QueueName: queue }));
  const depth = depthSchema.Parse(
    await deps.call('GetQueueAttributes', { QueueUrl: found.QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  if (Number(depth.Attributes.ApproximateNumberOfMessages) > 0) return false;
  await deps.call('SendMessage', { QueueUrl: found.QueueUrl, MessageBody: deps.encode(sweepText()) });
  return true;
}

/** Sweeps every interval until stopped: the stand-in of the clouds' schedulers. An interval of 0 never sweeps. */
export function startSweeping(deps: SweepDeps): SweepSchedule {
  if (deps.intervalMs === 0) return { stop: () => undefined };
  let sending = false;
  let faulty = false;
  const sweepAll = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    try {
      for (const queue of deps.queues) await sweepOnce(deps, queue);
      faulty = false;
    } catch (error) {
      if (!faulty) deps.onFault(error);
      faulty = true;
    } finally {
      sending = false;
    }
  };
  const timer = setInterval(() => void sweepAll(), deps.intervalMs);
  return { stop: () => clearInterval(timer) };
}
