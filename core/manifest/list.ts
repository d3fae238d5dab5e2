// Lists one directory, a page at a time. What lies in subdirectories is jumped over, so a page costs about one read a
// row at worst, however large the tree is. Rows come in the byte order of their paths, a directory's with its `/`.
//
// An empty directory's entry is a `dir` row with no files, so that a reader has one kind of row for directories;
// `getEntry` has its mode. The cursor names the last row given and not a position: a page goes on after it, whatever
// was inserted or removed meanwhile.
import { assert } from '../model/assert.ts';
import { isFile } from '../model/entry.ts';
import { InvalidValueError, quote, type Sha } from '../model/ids.ts';
import { comparePaths, isUnder, parseRelPath, type RelPath } from '../model/rel-path.ts';
import { keepingNodes } from './cached-nodes.ts';
import { TreeCursor } from './cursor.ts';
import { type Child, type DecodedReader, firstChildAt, loadNode } from './node.ts';
import { readDown } from './read-ahead.ts';
import { rangeOf } from './totals.ts';
import type { ListedRow, ListPage, NodeReader } from './tree.ts';

export interface ListOptions {
  /** the directory; '' for the top */
  readonly prefix: RelPath | '';
  /** `next` of the page before */
  readonly cursor?: string | undefined;
  /** rows in a page, at least 1 */
  readonly limit: number;
}

/** A directory that is not there is an empty page.
 *  @throws InvalidValueError  the cursor is not one of this directory */
export async function listTree(io: NodeReader, rootSha: Sha, options: ListOptions): Promise<ListPage> {
  const { prefix, limit } = options;
  assert(Number.isInteger(limit) && limit > 0, `a page has at least one row, not ${limit}`);
  const { from } = rangeOf(prefix);
  const after = options.cursor === undefined ? undefined : decodeMark(options.cursor, prefix);
  const rows: ListedRow[] = [];
  let mark: Mark | undefined;
  const nodes = keepingNodes(io);
  const start = after ? keyAfter(after) : from;
  await readRowsAhead(nodes, rootSha, { prefix, from: start, rows: Math.min(limit, ROWS_AHEAD) });
  const position = await TreeCursor.open(nodes, rootSha);
  await position.seek(start);
  for (let ahead = ROWS_AHEAD; ; ) {
    const at = position.path;
    if (at === undefined || !isUnder(at, prefix)) return { rows, next: undefined };
    if (rows.length >= ahead && rows.length < limit) {
      await readRowsAhead(nodes, rootSha, { prefix, from: at, rows: Math.min(limit - ahead, ROWS_AHEAD) });
      ahead += ROWS_AHEAD;
    }
    const slash = at.indexOf('/', from.length);
    if (slash >= 0) {
      const path = at.slice(0, slash) as RelPath;
      const end = `${path}0`;
      if (after?.kind === 'empty' && after.path === path) {
        // It was given as an empty directory and has got files since: once is enough.
        await position.seek(end);
        continue;
      }
      if (rows.length === limit) break;
      const before = position.rank();
      await position.seek(end);
      const upTo = position.rank();
      rows.push({ kind: 'dir', path, files: upTo.files - before.files, bytes: upTo.bytes - before.bytes });
      mark = { kind: 'dir', path };
    } else {
      if (rows.length === limit) break;
      const { entry } = position;
      assert(entry, 'where there is a path there is an entry');
      if (isFile(entry)) {
        rows.push({ kind: 'entry', entry });
        mark = { kind: 'file', path: entry.path };
      } else {
        rows.push({ kind: 'dir', path: entry.path, files: 0, bytes: 0 });
        mark = { kind: 'empty', path: entry.path };
      }
      if (!position.step()) await position.nextLeaf();
    }
  }
  assert(mark, 'a full page has a last row');
  return { rows, next: encodeMark(mark) };
}

/** Rows that are read ahead together: each may need a leaf, and all of them stay in memory until they are used. */
const ROWS_AHEAD = 256;

/** Reads what a page passes side by side. A child whose first and last paths are in the same subdirectory is jumped over;
 *  every other one has a row to give, or the end of one. */
async function readRowsAhead(
  nodes: DecodedReader,
  rootSha: Sha,
  page: { readonly prefix: RelPath | ''; readonly from: string; readonly rows: number },
): Promise<void> {
  const { from: start, to } = rangeOf(page.prefix);
  /** the subdirectory that a path is in; undefined for a row of its own or none */
  const directory = (path: string): string | undefined => {
    const slash = isUnder(path, page.prefix) ? path.indexOf('/', start.length) : -1;
    return slash < 0 ? undefined : path.slice(0, slash);
  };
  await readDown(
    nodes,
    await loadNode(nodes, rootSha),
    (branches) => {
      const picked: Child[] = [];
      let before = page.from;
      let rows = 0;
      for (const { children } of branches) {
        for (let i = firstChildAt(children, page.from); i < children.length; i++) {
          const child = children[i];
          if (!child || rows > page.rows || (to !== undefined && comparePaths(before, to) >= 0)) return picked;
          const [first, last] = [directory(before), directory(child.last)];
          if (first === undefined || first !== last) picked.push(child);
          // Between two files of the directory itself there are mostly more of them.
          rows += first === undefined && last === undefined ? child.files : first === last ? 0 : 1;
          before = child.last;
        }
      }
      return picked;
    },
    'rows',
  );
}

/** The last row of a page. */
interface Mark {
  readonly kind: 'file' | 'dir' | 'empty';
  readonly path: RelPath;
}

/** Where the next row can be at the earliest. */
function keyAfter(mark: Mark): string {
  return mark.kind === 'dir' ? `${mark.path}0` : `${mark.path}\0`;
}

const LETTERS = { file: 'f', dir: 'd', empty: 'e' } as const;

function encodeMark(mark: Mark): string {
  return Buffer.from(LETTERS[mark.kind] + mark.path).toString('base64url');
}

function decodeMark(cursor: string, prefix: RelPath | ''): Mark {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const kind = (['file', 'dir', 'empty'] as const).find((name) => LETTERS[name] === text[0]);
  const refused = `cursor ${quote(cursor)} is not one of this listing: start without a cursor`;
  if (!kind) throw new InvalidValueError(refused);
  const path = parsePath(text.slice(1), refused);
  if (!isUnder(path, prefix) || path.includes('/', rangeOf(prefix).from.length)) throw new InvalidValueError(refused);
  return { kind, path };
}

function parsePath(text: string, refused: string): RelPath {
  try {
    return parseRelPath(text);
  } catch (cause) {
    throw new InvalidValueError(refused, { cause });
  }
}
