// Signals to a command that ends: the first one stops the work cleanly, and the exit code says which it was, as shells do.
import { constants } from 'node:os';

/** The person, or whoever started the command, told it to end. */
export class EndedBySignalError extends Error {
  override name = 'EndedBySignalError';
  readonly exitCode: number;
  constructor(by: NodeJS.Signals | undefined, what: string) {
    super(`ended by ${by ?? 'a signal'}: ${what}`);
    this.exitCode = exitCodeOf(by ?? 'SIGTERM');
  }
}

export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

export interface Ended {
  readonly signal: AbortSignal;
  /** undefined: none yet */
  readonly by: NodeJS.Signals | undefined;
  /** Leaves signals to others again. */
  release(): void;
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function untilSignal(): Ended {
  const stop = new AbortController();
  let by: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals) => {
    by ??= signal;
    stop.abort(new Error(`ended by ${signal}`));
  };
  for (const signal of ENDING) process.on(signal, end);
  return {
    signal: stop.signal,
    get by() {
      return by;
    },
    release() {
      for (const signal of ENDING) process.off(signal, end);
    },
  };
}
