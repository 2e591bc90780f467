import { pino, type Logger } from 'pino';

export type { Logger };

/** Fields that may hold personal data or secrets, wherever they turn up: they never reach a log. */
const redacted = ['email', 'code', 'accessToken', 'refreshToken', 'password', 'authorization', 'cookie', 'to'];

/** JSON log lines on stdout, with the region in each; request logs add the correlation and trace ids through `child`. */
export function createLogger(options: { level: string; region: string }): Logger {
  return pino({
    level: options.level,
    base: { region: options.region, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redacted.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  });
}
