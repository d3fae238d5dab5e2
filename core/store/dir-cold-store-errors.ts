// What a failed file operation means for the cold directory, in the words that all stores use.
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from './store-errors.ts';

/** EFBIG is the file system's or the process's limit on one file: no room for this object, like a full disk. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS']);

export function fileErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The error to throw for `cause`; one that no file operation raised (a verification, an abort) passes as it is. */
export function directoryError(directory: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'syscall' in cause ? fileErrorCode(cause) : undefined;
  if (code === undefined) return cause;
  if (FULL.has(code)) {
    return new StoreFullError('cold', `the disk of ${directory} has no room left (${code}); free some space`, {
      cause,
    });
  }
  if (DENIED.has(code)) {
    return new StoreDeniedError('cold', `${directory} cannot be used (${code}): let this user read and write it`, {
      cause,
    });
  }
  return new StoreUnavailableError('cold', `${directory} does not work (${code})`, { cause });
}
