import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';

import { codeOf } from './errors.ts';

export type { Logger };

/** Fields that may hold personal data or secrets, wherever they turn up: they never reach a log. */
const redacted = ['email', 'phone', 'code', 'accessToken', 'refreshToken', 'password', 'authorization', 'cookie', 'to'];

/** What PostgreSQL's errors tell of the row that they refused ("Failing row contains ..."). */
const redactedInErrors = ['detail', 'hint', 'where', 'internalQuery'];

/** PostgreSQL's data exceptions, whose messages quote the value: `invalid input syntax for type uuid: "..."`. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

/** An error with its causes, as pino writes it, without the values that messages quote. */
function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const shown = stdSerializers.err(error);
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (!DATA_EXCEPTION.test(codeOf(cause) ?? '') || cause.message === '') continue;
    shown.message = shown.message.replaceAll(cause.message, '[redacted]');
    shown.stack = shown.stack.replaceAll(cause.message, '[redacted]');
  }
  return shown;
}

/** As much as is kept for a reader that is slow, before lines are dropped: a service outlives whoever reads its log. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * Standard output, written beside the event loop: what is logged while a write is under way goes along in the next one, and a reader that stalls stalls no
 * request. What waits is written before the process exits; SIGKILL may cost the last lines.
 */
const standardOutput = (): DestinationStream => pino.destination({ dest: 1, sync: false, maxLength: MOST_WAITING_BYTES });

/** JSON log lines on stdout (or `destination`), with the region in each; request logs add the correlation and trace ids through `child`. */
export function createLogger(options: { level: string; region: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: { region: options.region, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorForLog },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [
        ...redacted.flatMap((name) => [name, `*.${name}`]),
        ...redactedInErrors.flatMap((name) => [`err.${name}`, `err.cause.${name}`, `err.aggregateErrors[*].${name}`]),
      ],
      // An error's code is PostgreSQL's or the system's: the first thing that is looked for. A code that is mailed is never an error's.
      censor: (value: unknown, path: string[]) => (path.at(-2) === 'err' && path.at(-1) === 'code' ? value : '[redacted]'),
    },
  };
  return pino(settings, options.destination ?? standardOutput());
}
