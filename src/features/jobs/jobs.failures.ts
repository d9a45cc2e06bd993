/** An attempt that failed; the message is shown to whoever looks at the job. */
export class AttemptFailedError extends Error {
  override readonly name = 'AttemptFailedError';

  constructor(
    message: string,
    /** No further attempt can have another outcome. */
    readonly isFinal: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** What the job needs is away, which is no fault of the job: it is tried again, and no attempt is counted. */
export class PostponedError extends Error {
  override readonly name = 'PostponedError';

  constructor(
    readonly reason: string,
    readonly delayMs: number,
  ) {
    super(`postponed: ${reason}`);
  }
}
