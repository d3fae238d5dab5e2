// How the embedded nats-server fails to start. The message has the value, the reason and the next step.

export type StartFault = 'port-taken' | 'in-use' | 'store-dir' | 'disk-full' | 'exited' | 'not-ready';

/** The embedded nats-server does not start; the message has the value, the reason and the next step. */
export class NatsServerStartError extends Error {
  override name = 'NatsServerStartError';
  constructor(
    readonly fault: StartFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** @param directory  where NATS keeps its data, or a file in it */
export function storeFault(directory: string, cause: unknown): NatsServerStartError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new NatsServerStartError('disk-full', `the disk of ${directory} is full: free some space and start again`, {
      cause,
    });
  }
  return new NatsServerStartError(
    'store-dir',
    `NATS cannot keep its data in ${directory} (${code || cause}): give a directory that this user may write, with FS_DATA_DIR`,
    { cause },
  );
}
