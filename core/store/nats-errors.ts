// The one place where what NATS says goes wrong becomes the words of `store-errors.ts`. Codes decide, never texts.
import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import {
  ObjectAbsentError,
  ObjectCorruptError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
} from './store-errors.ts';

/** JetStream's `err_code`s that this system tells apart. */
export const JetStreamCode = {
  accountResourcesExceeded: 10002,
  clusterNotAvailable: 10008,
  insufficientResources: 10023,
  messageNotFound: 10037,
  notEnabledForAccount: 10039,
  storageResourcesExceeded: 10047,
  streamNameInUse: 10058,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  /** the stream's store refused: its maximum of bytes, or the disk */
  storeFailed: 10077,
  consumerNotFound: 10014,
  wrongLastSequenceUnknown: 10164,
} as const;

const FULL = new Set<number>([
  JetStreamCode.accountResourcesExceeded,
  JetStreamCode.insufficientResources,
  JetStreamCode.storageResourcesExceeded,
  JetStreamCode.storeFailed,
]);

/** An error in a JetStream answer, such as a publish acknowledgement. */
export class JetStreamAnswerError extends Error {
  override name = 'JetStreamAnswerError';
  constructor(
    readonly code: number,
    description: string,
  ) {
    super(description);
  }
}

export function jetStreamCodeOf(error: unknown): number | undefined {
  if (error instanceof JetStreamAnswerError || error instanceof JetStreamApiError) return error.code;
  return undefined;
}

/** @returns true when a compare-and-swap found another last sequence than it expected */
export function isMoved(error: unknown): boolean {
  const code = jetStreamCodeOf(error);
  return code === JetStreamCode.wrongLastSequence || code === JetStreamCode.wrongLastSequenceUnknown;
}

/** @param doing  what was tried, such as `put object 9f2c…`; it starts the message's detail
 *  @returns an error of `store-errors.ts`, or `error` itself when it is an abort or a bug of ours */
export function toStoreError(error: unknown, doing: string): Error {
  if (isStoreError(error)) return error;
  if (!(error instanceof Error)) return new StoreUnavailableError('hot', `${doing}: ${String(error)}`);
  const cause = rootOf(error);
  const code = jetStreamCodeOf(error) ?? jetStreamCodeOf(cause);
  const detail = `${doing}: ${saidOf(error, cause)}`;
  if (code !== undefined) {
    if (FULL.has(code)) return new StoreFullError('hot', detail, { cause: error });
    if (code === JetStreamCode.notEnabledForAccount) return new StoreDeniedError('hot', detail, { cause: error });
    return new StoreUnavailableError('hot', detail, { cause: error });
  }
  if (isDenied(cause)) return new StoreDeniedError('hot', detail, { cause: error });
  if (isConnectionTrouble(cause)) return new StoreUnavailableError('hot', detail, { cause: error });
  return error;
}

/** The client's own words have subjects in them. What is denied keeps them: it is told to who gives the rights. */
function saidOf(error: Error, cause: Error): string {
  if (cause instanceof errors.TimeoutError) return 'no answer came in time';
  if (cause instanceof errors.NoRespondersError) return 'nobody answers that now';
  return error.message;
}

function isStoreError(error: unknown): error is Error {
  return (
    error instanceof StoreUnavailableError ||
    error instanceof StoreFullError ||
    error instanceof StoreDeniedError ||
    error instanceof ObjectAbsentError ||
    error instanceof ObjectCorruptError
  );
}

/** The client wraps what happened in a request error that carries the caller's stack. */
function rootOf(error: Error): Error {
  return error instanceof errors.RequestError && error.cause instanceof Error ? error.cause : error;
}

function isDenied(error: Error): boolean {
  return (
    error instanceof errors.PermissionViolationError ||
    error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError
  );
}

function isConnectionTrouble(error: Error): boolean {
  return (
    error instanceof errors.TimeoutError ||
    error instanceof errors.NoRespondersError ||
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.DrainingConnectionError ||
    error instanceof errors.ConnectionError ||
    error instanceof errors.RequestError ||
    error instanceof errors.ProtocolError ||
    error instanceof JetStreamError ||
    error instanceof JetStreamApiError ||
    // What the socket says: ECONNREFUSED, ENOTFOUND, ETIMEDOUT…
    ('syscall' in error && 'code' in error)
  );
}
