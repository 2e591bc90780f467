import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Fields that may hold personal data or secrets, wherever they turn up: they never reach a log. */
const redacted = ['email', 'code', 'accessToken', 'refreshToken', 'password', 'authorization', 'cookie', 'to'];

/** What PostgreSQL's errors tell of the row that they refused ("Failing row contains ..."). */
const redactedInErrors = ['detail', 'where', 'internalQuery'];

/** JSON log lines on stdout (or `destination`), with the region in each; request logs add the correlation and trace ids through `child`. */
export function createLogger(options: { level: string; region: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: { region: options.region, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
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
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
