// In which order the rows of a folder stand. Pages are read by key, in the order of paths, so only a folder that is on the
// screen as a whole can have another one: a page of it in the order of sizes would not be a page of its sizes.
import { z } from 'zod';
import type { FileRow } from './file-view.ts';

const COLUMNS = ['name', 'size', 'modified'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sort {
  readonly by: Column;
  readonly isDown: boolean;
}

/** What is shown without being asked for. */
export const BY_NAME: Sort = { by: 'name', isDown: false };

const sortSchema = z.string().regex(new RegExp(`^-?(${COLUMNS.join('|')})$`));

/** `size`, or `-size` for the largest first; what is none of them is as if nothing was said. */
export function parseSort(value: string | undefined): string | undefined {
  const sort = sortSchema.safeParse(value).data;
  return sort === 'name' ? undefined : sort;
}

/** @param sort  as the address has it */
export const sortOf = (sort: string | undefined): Sort =>
  sort === undefined
    ? BY_NAME
    : { by: COLUMNS.find((column) => sort.endsWith(column)) ?? 'name', isDown: sort.startsWith('-') };

/** What a click on a heading leads to: names begin with the first, sizes with the largest, times with the newest; a
 *  second click turns it round. */
export function clicked(by: Column, now: Sort): string | undefined {
  const isDown = now.by === by ? !now.isDown : by !== 'name';
  return parseSort(`${isDown ? '-' : ''}${by}`);
}

/** Folders first. Those that are alike in what is asked for stay in the order of paths.
 *  @param rows  in the order of paths */
export function ordered(rows: readonly FileRow[], { by, isDown }: Sort): readonly FileRow[] {
  const files = rows.filter(({ kind }) => kind === 'file');
  const folders = rows.filter(({ kind }) => kind === 'dir');
  const turn = (some: FileRow[]): FileRow[] => {
    if (by === 'name') return isDown ? some.reverse() : some;
    const value = by === 'size' ? sizeOf : timeOf;
    return some.sort((a, b) => (isDown ? value(b) - value(a) : value(a) - value(b)));
  };
  return [...turn(folders), ...turn(files)];
}

const sizeOf = (row: FileRow): number => (row.kind === 'dir' ? row.bytes : row.sizeBytes);
/** A folder has no time of its own. */
const timeOf = (row: FileRow): number => (row.kind === 'dir' ? 0 : row.modifiedAt);
