// How a history fails: with the kind of what does not hold, so that a smaller history that fails in the same way is known.
/** What is wrong, as the history that found it tells it. */
export class HistoryError extends Error {
  override name = 'HistoryError';
  /** what does not hold, in a word */
  readonly kind: string;

  constructor(kind: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
