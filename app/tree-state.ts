// What the address says of the tree: which directory, which folders are expanded in it, and which pages of each are shown.
// An address may be edited by hand: what is no path or no page is left out, and none asks for more than a screen holds.
import { z } from 'zod';
import { isUnder, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { OpenFolder, Span } from './url.ts';

/** Pages of one directory at once. */
export const MAX_PAGES = 5;
/** Expanded folders at once: the one that was opened first closes. */
const MAX_OPEN = 16;

const cursorSchema = z.string().max(10_000).optional().catch(undefined);

export function parseSpan(value: string | undefined): Span {
  const cursor = cursorSchema.parse(value);
  const span = /^(.*)\.([1-9])\.(\d{1,9})$/s.exec(cursor ?? '');
  const pages = Number(span?.[2]);
  if (!span || pages > MAX_PAGES) return cursor === undefined ? {} : { cursor };
  return { cursor: span[1] || undefined, pages, before: Number(span[3]) };
}

/** `open=docs/a`, or `open=docs/a//PAGES`. */
export function parseOpen(values: readonly string[]): OpenFolder[] {
  return values.slice(0, MAX_OPEN).flatMap((value) => {
    const cut = value.indexOf('//');
    const path = relPathSchema.safeParse(cut < 0 ? value : value.slice(0, cut));
    if (!path.success) return [];
    return [{ path: path.data, ...(cut < 0 ? {} : parseSpan(value.slice(cut + 2))) }];
  });
}

/** Closing a folder closes what is open below it too. */
export function toggled(open: readonly OpenFolder[], path: RelPath): OpenFolder[] {
  if (open.some((folder) => folder.path === path)) {
    return open.filter((folder) => folder.path !== path && !isUnder(folder.path, path));
  }
  return [...open, { path }].slice(-MAX_OPEN);
}
