/** Something that a command could not do: the message says what, the advice what to do next. */
export class CommandFailure extends Error {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** What was asked cannot be meant. Exit code 2, like every mistake of usage. */
export class UsageFailure extends CommandFailure {}
