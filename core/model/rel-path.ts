// A path inside a project: relative, `/`-separated, byte-exact UTF-8. Never normalized, so that a name comes back
// exactly as the node wrote it. Order is the order of the UTF-8 bytes, the same in every language that reads a manifest.
import { z } from 'zod';
import { type Brand, InvalidValueError, quote } from './ids.ts';

export type RelPath = Brand<string, 'RelPath'>;

/** Longest path, in UTF-8 bytes. Linux's PATH_MAX; a longer one could not be opened on a node. */
export const MAX_PATH_BYTES = 4096;

/** @returns why `value` is no project path, or undefined when it is one */
export function pathFault(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (value.includes('\0')) return 'contains a NUL byte';
  if (!value.isWellFormed()) return 'is not valid UTF-8';
  if (value.startsWith('/')) return 'is absolute';
  for (const segment of value.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return `has a ${quote(segment)} segment`;
  }
  if (value.length * 3 > MAX_PATH_BYTES && Buffer.byteLength(value) > MAX_PATH_BYTES) {
    return `is longer than ${MAX_PATH_BYTES} bytes`;
  }
  return undefined;
}

export function parseRelPath(value: string): RelPath {
  const fault = pathFault(value);
  if (fault)
    throw new InvalidValueError(
      `path ${quote(value)} ${fault}: give a path relative to the project, such as docs/a.md`,
    );
  return value as RelPath;
}

export const relPathSchema = z.string().transform((value, ctx) => {
  const fault = pathFault(value);
  if (fault) {
    ctx.addIssue({ code: 'custom', message: `path ${quote(value)} ${fault}` });
    return z.NEVER;
  }
  return value as RelPath;
});

/** Byte order of the UTF-8 forms. Differs from JavaScript's order only where surrogate pairs meet U+E000–U+FFFF. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return utf8Rank(x) - utf8Rank(y);
  }
  return a.length - b.length;
}

/** Lifts surrogates (which stand for code points above U+FFFF) over the rest of the basic plane. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** `docs/a/b.md` → `docs/a`; undefined at the top. */
export function parentOf(path: RelPath): RelPath | undefined {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? undefined : (path.slice(0, cut) as RelPath);
}

/** `docs/a/b.md` → `b.md`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `docs/a/b.md` → `docs`, `docs/a`: every directory above, outermost first. */
export function ancestorsOf(path: RelPath): RelPath[] {
  const found: RelPath[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) found.push(path.slice(0, at) as RelPath);
  return found;
}

export function isUnder(path: string, directory: string): boolean {
  return directory === '' || path.startsWith(`${directory}/`);
}

export function fakePath(value = 'docs/a.md'): RelPath {
  return parseRelPath(value);
}
