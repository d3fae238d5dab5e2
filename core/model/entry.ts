// One path in a manifest: a file, or an empty directory. Directories with content have no entry: their files name them.
import { z } from 'zod';
import { type Sha, shaSchema } from './ids.ts';
import { type RelPath, relPathSchema } from './rel-path.ts';

export interface FileEntry {
  readonly path: RelPath;
  readonly sha: Sha;
  /** bytes */
  readonly size: number;
  /** permission bits, 0 to 0o777; setuid, setgid and sticky are never carried */
  readonly mode: number;
  /** milliseconds since 1970 */
  readonly mtime: number;
}

export interface DirEntry {
  readonly path: RelPath;
  readonly dir: true;
  readonly mode: number;
}

export type Entry = FileEntry | DirEntry;

export const isFile = (entry: Entry): entry is FileEntry => !('dir' in entry);

const mode = z.int().min(0).max(0o777);

export const fileEntrySchema = z.strictObject({
  path: relPathSchema,
  sha: shaSchema,
  size: z.int().min(0),
  mode,
  mtime: z.int(),
});
export const dirEntrySchema = z.strictObject({ path: relPathSchema, dir: z.literal(true), mode });
export const entrySchema: z.ZodType<Entry> = z.union([fileEntrySchema, dirEntrySchema]);

export function sameEntry(a: Entry, b: Entry): boolean {
  if (a.path !== b.path || a.mode !== b.mode) return false;
  if (isFile(a)) return isFile(b) && a.sha === b.sha && a.size === b.size && a.mtime === b.mtime;
  return !isFile(b);
}
