import { errorTable, type ErrorCode, type ProblemExtras } from '#contracts/errors.ts';

/** What a client is told of an error besides its code. */
export type ErrorExtras = Omit<ProblemExtras, 'correlationId'>;

/** An error that a client may hear of: its code picks status and title; `extras` must be fit for a client's eyes, `cause` is for the log alone. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly extras: ErrorExtras;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    { headers = {}, cause, ...extras }: ErrorExtras & { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(extras.detail ?? errorTable[code].title, { cause });
    this.name = 'AppError';
    this.code = code;
    this.status = errorTable[code].status;
    this.extras = extras;
    this.headers = headers;
  }
}

/** Wrong or missing configuration: the process must not start. Its message lists every fault and holds no value. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(`configuration: ${faults.join('; ')}`);
    this.name = 'ConfigError';
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system or PostgreSQL error (`ECONNREFUSED`, `23505`), where it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
