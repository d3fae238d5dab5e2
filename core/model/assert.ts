// Our own bugs end here: a broken assumption stops the work at once instead of travelling on as bad data.

export class AssertionError extends Error {
  override name = 'AssertionError';
}

export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new AssertionError(`assumption broken: ${what}`);
}

/** Closes a switch over a discriminated union: a new kind that is not handled fails to compile. */
export function unreachable(value: never): never {
  throw new AssertionError(`unhandled case: ${JSON.stringify(value)}`);
}
