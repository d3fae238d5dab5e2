// How the disk fails, told by the error's code: what a person reads about it, and who has to act.
import type { ProblemCode } from '../state/problems.ts';

export interface DiskError extends Error {
  readonly code: string;
}

export function isDiskError(error: unknown, ...codes: readonly string[]): error is DiskError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return codes.length === 0 ? /^E[A-Z0-9]+$/.test(error.code) : codes.includes(error.code);
}

/** No room for anything: it stops the whole workspace, not one path. */
export const isDiskFull = (error: unknown): error is DiskError => isDiskError(error, 'ENOSPC', 'EDQUOT');

export interface PathFault {
  readonly code: ProblemCode;
  readonly reason: string;
}

/** @returns why this path cannot be read, or undefined when the error is none of the disk's */
export function readFault(error: unknown): PathFault | undefined {
  if (isDiskError(error, 'EACCES', 'EPERM')) {
    return { code: 'unreadable', reason: 'The agent may not read it: give its user read permission.' };
  }
  if (isDiskError(error, 'ENAMETOOLONG')) return { code: 'name-too-long', reason: TOO_LONG };
  if (!isDiskError(error)) return undefined;
  return { code: 'unreadable', reason: `The disk does not give it (${error.code}): check the file system.` };
}

/** @returns why this path cannot be written, or undefined when the error is none of the disk's */
export function writeFault(error: unknown): PathFault | undefined {
  if (isDiskFull(error)) {
    return { code: 'disk-full', reason: 'The disk of this node is full: free some space; it goes on by itself.' };
  }
  if (isDiskError(error, 'ENAMETOOLONG')) return { code: 'name-too-long', reason: TOO_LONG };
  if (isDiskError(error, 'EACCES', 'EPERM', 'EROFS')) {
    return {
      code: 'write-failed',
      reason: `The agent may not write it (${error.code}): give its user write permission.`,
    };
  }
  if (isDiskError(error, 'EXDEV')) {
    return {
      code: 'write-failed',
      reason: 'Its directory is on another file system than the workspace: make that a workspace of its own.',
    };
  }
  if (!isDiskError(error)) return undefined;
  return { code: 'write-failed', reason: `The disk does not take it (${error.code}): check the file system.` };
}

export const TOO_LONG = 'Its path is too long for this node: shorten a name, or move the workspace up.';
