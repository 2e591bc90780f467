import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { MnsError } from './errors.ts';
import { NUMERIC, readSetting, readWholeNumber, type NumericSetting, type QueueSettings } from './queue-settings.ts';
import type { DeadLetterPolicy } from './queues.ts';

const DlqPolicy = Type.Object(
  {
    Enabled: Type.Optional(Type.Boolean()),
    DeadLetterTargetQueue: Type.Optional(Type.String()),
    MaxReceiveCount: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
  },
  { additionalProperties: false },
);
const dlqPolicy = Compile(DlqPolicy);

export type Parameters = ReadonlyMap<string, string>;

/** SQS's range; MNS documents none. */
const MAX_RECEIVE_COUNT = 1000;

const SETTINGS = [...NUMERIC, 'EnableLogging', 'DlqPolicy'] as const;

/** What every action may be sent and none needs here: which region is meant, and the one type of queue there is. */
const IGNORED = new Map<string, (value: string) => boolean>([
  ['RegionId', () => true],
  ['QueueType', (value) => value === 'normal'],
]);

/** Throws `MnsError` NotSimulated for a parameter not named: to ignore it would hide a fault. */
export function refuseOthers(parameters: Parameters, names: readonly string[]): void {
  for (const [name, value] of parameters) {
    if (!names.includes(name) && !IGNORED.get(name)?.(value)) {
      throw new MnsError('NotSimulated', `The parameter ${name} (${value.slice(0, 40)}) is not simulated.`);
    }
  }
}

export const QUEUE_PARAMETERS: readonly string[] = ['QueueName', ...SETTINGS];

function readBoolean(name: string, text: string): boolean {
  if (!/^(true|false)$/i.test(text)) throw new MnsError('InvalidArgument', `The value of ${name} should be true or false.`);
  return text.toLowerCase() === 'true';
}

/** Reads a queue's settings over `base`. Throws `MnsError` InvalidArgument. */
export function readSettings(parameters: Parameters, base: QueueSettings): QueueSettings {
  const number = (name: NumericSetting): number => {
    const text = parameters.get(name);
    return text === undefined ? base[name] : readSetting(name, text);
  };
  const logging = parameters.get('EnableLogging');
  return {
    DelaySeconds: number('DelaySeconds'),
    MaximumMessageSize: number('MaximumMessageSize'),
    MessageRetentionPeriod: number('MessageRetentionPeriod'),
    VisibilityTimeout: number('VisibilityTimeout'),
    PollingWaitSeconds: number('PollingWaitSeconds'),
    LoggingEnabled: logging === undefined ? base.LoggingEnabled : readBoolean('EnableLogging', logging),
  };
}

function parsePolicy(text: string): Static<typeof DlqPolicy> {
  try {
    return dlqPolicy.Parse(JSON.parse(text));
  } catch (error) {
    throw new MnsError('InvalidArgument', 'The value of DlqPolicy should be JSON: Enabled, DeadLetterTargetQueue, MaxReceiveCount.', {
      cause: error,
    });
  }
}

/**
 * Reads `DlqPolicy`, which the vendor's clients write as JSON, over `base`; undefined when it is not there. Throws `MnsError`
 * InvalidArgument, also for a queue that would be its own dead-letter queue.
 * Source: https://www.alibabacloud.com/help/en/mns/developer-reference/api-mns-open-2022-01-19-createqueue
 */
export function readDeadLetters(queue: string, parameters: Parameters, base: DeadLetterPolicy | undefined): DeadLetterPolicy | undefined {
  const text = parameters.get('DlqPolicy');
  if (text === undefined) return undefined;
  const policy = parsePolicy(text);
  const enabled = policy.Enabled ?? base?.enabled ?? false;
  const targetQueue = policy.DeadLetterTargetQueue ?? base?.targetQueue ?? '';
  const count = policy.MaxReceiveCount ?? base?.maxReceiveCount;
  if (enabled && (targetQueue === '' || count === undefined)) {
    throw new MnsError('InvalidArgument', 'An enabled DlqPolicy needs DeadLetterTargetQueue and MaxReceiveCount.');
  }
  if (targetQueue === queue) throw new MnsError('InvalidArgument', 'A queue cannot be its own dead-letter queue.');
  const maxReceiveCount = count === undefined ? 0 : readWholeNumber('MaxReceiveCount', String(count), 1, MAX_RECEIVE_COUNT);
  return { enabled, targetQueue, maxReceiveCount };
}
