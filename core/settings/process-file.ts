// A file by which commands on this machine find what a running process gives: its address and how to be let in, for its user
// only. It is there while that process runs; one that is left of a process that was killed is known by its id.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

export type ReadProcessFile<T> =
  | { readonly kind: 'runs'; readonly named: T }
  | { readonly kind: 'ended'; readonly named: T }
  | { readonly kind: 'absent' }
  /** `reason` says what stands in the way, without what is in the file */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Whole at every moment: a reader finds the one before, or this one. */
export function writeProcessFile<T extends { readonly pid: number }>(file: string, named: T): void {
  const draft = `${file}.new`;
  // A mode is given to new files only.
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify({ v: 1, ...named })}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

/** @param schema  of what it names; fields that it does not know are those of a later version */
export function readProcessFile<T extends { readonly pid: number }>(
  file: string,
  schema: z.ZodType<T>,
): ReadProcessFile<T> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    return { kind: 'unreadable', reason: code ?? String(error) };
  }
  try {
    const { v: _, ...rest } = versioned.parse(JSON.parse(text));
    const named = schema.parse(rest);
    return { kind: isRunning(named.pid) ? 'runs' : 'ended', named };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return { kind: 'unreadable', reason: 'damaged' };
    throw error;
  }
}

const versioned = z.looseObject({ v: z.literal(1) });

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process runs, too.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
