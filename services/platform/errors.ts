import { errorTable, type ErrorCode, type FieldError } from '#contracts/errors.ts';

/** An error that a client may hear of: its code picks status and title; `detail` must be fit for a client's eyes, `cause` is for the log alone. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly spoken: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    options: {
      detail?: string;
      errors?: readonly FieldError[];
      spoken?: readonly string[];
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(options.detail ?? errorTable[code].title, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = errorTable[code].status;
    this.detail = options.detail;
    this.errors = options.errors;
    this.spoken = options.spoken;
    this.headers = options.headers ?? {};
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
