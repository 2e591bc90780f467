import { parseDuration } from './quantities.ts';

/** No queue of SQS delays longer. */
const MOST_DELAY_SECONDS = 900;

/** Reads `10%` or `0.1` as a fraction. Throws RangeError that shows the form. */
export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const share = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (!(share > 0 && share <= 1)) throw new RangeError(`'${text}' is not a share above nothing such as 10% (of 100%) or 0.1 (of 1)`);
  return share;
}

/** Reads a time by which a queue can delay a message, as whole seconds. Throws RangeError. */
export function parseDelaySeconds(text: string): number {
  const seconds = parseDuration(text) / 1000;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MOST_DELAY_SECONDS)
    throw new RangeError(`queues delay by whole seconds, from 1s to 15m; '${text}' is none of these`);
  return seconds;
}
