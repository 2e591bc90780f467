import { MnsError } from './errors.ts';
import { readDocument, readFields } from './xml-reader.ts';
import type { XmlNode } from './xml-writer.ts';

/** What can be set on a queue, in MNS's names. */
export interface QueueSettings {
  readonly DelaySeconds: number;
  readonly MaximumMessageSize: number;
  readonly MessageRetentionPeriod: number;
  readonly VisibilityTimeout: number;
  readonly PollingWaitSeconds: number;
  readonly LoggingEnabled: boolean;
}

export const DEFAULT_SETTINGS: QueueSettings = {
  DelaySeconds: 0,
  MaximumMessageSize: 65_536,
  MessageRetentionPeriod: 345_600,
  VisibilityTimeout: 30,
  PollingWaitSeconds: 0,
  LoggingEnabled: false,
};

const RANGES = {
  DelaySeconds: [0, 604_800],
  MaximumMessageSize: [1024, 65_536],
  MessageRetentionPeriod: [60, 604_800],
  VisibilityTimeout: [1, 43_200],
  PollingWaitSeconds: [0, 30],
} as const;

export type NumericSetting = keyof typeof RANGES;
export const NUMERIC: readonly NumericSetting[] = [
  'DelaySeconds',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'VisibilityTimeout',
  'PollingWaitSeconds',
];
const KNOWN = [...NUMERIC, 'LoggingEnabled'] as const;

/** Reads a whole number from `min` to `max`. Throws `MnsError` InvalidArgument, which names the argument. */
export function readWholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new MnsError('InvalidArgument', `The value of ${name} should be between ${min} and ${max}.`);
  }
  return value;
}

/** Reads how long a message is delayed. Throws `MnsError` InvalidArgument. */
export function readDelay(text: string): number {
  return readSetting('DelaySeconds', text);
}

/** Reads one of the numbers that can be set on a queue. Throws `MnsError` InvalidArgument. */
export function readSetting(name: NumericSetting, text: string): number {
  const [min, max] = RANGES[name];
  return readWholeNumber(name, text, min, max);
}

/** Reads a `<Queue>` document over the settings given. An empty body changes nothing. Throws `MnsError`. */
export function readSettings(body: Buffer, base: QueueSettings): QueueSettings {
  if (body.length === 0) return base;
  const fields = readFields(readDocument(body, 'Queue'), KNOWN);
  const read = (name: NumericSetting): number => {
    const text = fields.get(name);
    return text === undefined ? base[name] : readSetting(name, text);
  };
  const logging = fields.get('LoggingEnabled');
  if (logging !== undefined && !/^(true|false)$/i.test(logging)) {
    throw new MnsError('InvalidArgument', 'The value of LoggingEnabled should be true or false.');
  }
  return {
    DelaySeconds: read('DelaySeconds'),
    MaximumMessageSize: read('MaximumMessageSize'),
    MessageRetentionPeriod: read('MessageRetentionPeriod'),
    VisibilityTimeout: read('VisibilityTimeout'),
    PollingWaitSeconds: read('PollingWaitSeconds'),
    LoggingEnabled: logging === undefined ? base.LoggingEnabled : logging.toLowerCase() === 'true',
  };
}

export function sameSettings(a: QueueSettings, b: QueueSettings): boolean {
  return a.LoggingEnabled === b.LoggingEnabled && NUMERIC.every((name) => a[name] === b[name]);
}

/** The settings as elements of an answer. */
export function writeSettings(settings: QueueSettings): XmlNode[] {
  return [...NUMERIC.map((name): XmlNode => [name, settings[name]]), ['LoggingEnabled', settings.LoggingEnabled ? 'True' : 'False']];
}
