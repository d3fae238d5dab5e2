// Which lines of the tree are on the screen: one directory, and the folders expanded in it, each with pages of its own. Every
// page is read by key, so a directory of a million names costs what its pages cost; and when one more page would make the
// screen too long, whole pages that are the furthest from it leave, and keep their room.
import { isUnder, type RelPath } from '../core/model/rel-path.ts';
import { Remembered } from '../core/model/remembered.ts';
import type { Queries } from './context.ts';
import type { FilePage, FileRow, FoundFiles } from './file-view.ts';
import { ordered, sortOf } from './tree-order.ts';
import type { OpenFolder, Span, TreeState } from './url.ts';

export const PAGE_ROWS = 200;
/** Each may be in another part of the manifest. */
export const FOUND_ROWS = 100;
/** On the screen at once. */
export const MAX_ROWS = 1_000;

/** A line of the tree as it is drawn. */
export type TreeLine =
  | { readonly kind: 'entry'; readonly row: FileRow; readonly level: number; readonly open: boolean }
  /** further pages of the folder are at `to` */
  | { readonly kind: 'more'; readonly folder: RelPath | ''; readonly level: number; readonly to: TreeState }
  /** `before` rows were left; `to` has the last page of them, where it is known; `start`: from the first */
  | {
      readonly kind: 'less';
      readonly folder: RelPath | '';
      readonly level: number;
      readonly before: number;
      readonly to: TreeState | undefined;
      readonly start: TreeState;
    }
  | { readonly kind: 'failed'; readonly folder: RelPath; readonly level: number };

export interface Found {
  readonly page: FoundFiles;
  readonly lines: readonly TreeLine[];
}

export interface Tree {
  /** the first page of the directory */
  readonly page: FilePage;
  readonly lines: readonly TreeLine[];
}

/** A page that is on the screen, with the lines of the folders that are open in it. */
interface Placed {
  readonly folder: RelPath | '';
  readonly cursor: string | undefined;
  readonly rows: number;
  readonly from: number;
  to: number;
}

interface ReadPage {
  readonly cursor: string | undefined;
  readonly rows: readonly FileRow[];
  readonly next: string | undefined;
}
type ReadPages = readonly ReadPage[] | 'failed';

/** Where the page before a cursor begins, as it was given to some reader: a hint, without which one starts over. */
const pageBefore = new Remembered<string>(20_000);
const beforeKey = ({ project, q }: TreeState, folder: string, cursor: string): string =>
  JSON.stringify([project, q, folder, cursor]);

/** @returns undefined when there is no such project */
export async function loadTree(queries: Pick<Queries, 'files'>, tree: TreeState): Promise<Tree | undefined> {
  const read = (prefix: RelPath | '', cursor: string | undefined) =>
    queries.files(tree.project, { prefix, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) });
  const first = await read(tree.prefix, tree.cursor);
  if (!first) return undefined;
  const top = readPages(tree, tree, first, (cursor) => read(tree.prefix, cursor));
  const folders = new Map<RelPath, Promise<ReadPages>>();
  for (const folder of tree.open) {
    if (!isUnder(folder.path, tree.prefix)) continue;
    const pages = read(folder.path, folder.cursor)
      .then((page) => (page ? readPages(tree, folder, page, (cursor) => read(folder.path, cursor)) : []))
      // A folder that cannot be read is one row that says so; the rest of the tree stands.
      .catch(() => 'failed' as const);
    folders.set(folder.path, pages);
  }
  const opened = new Map<RelPath, ReadPages>();
  for (const [path, pages] of folders) opened.set(path, await pages);
  return { page: first, lines: new Lines(tree, await top, opened).all() };
}

/** What a search finds, as lines of one level.
 *  @returns undefined when there is no such project */
export async function loadFound(
  queries: Pick<Queries, 'search'>,
  tree: TreeState,
  text: string,
): Promise<Found | undefined> {
  const read = (cursor: string | undefined) =>
    queries.search(tree.project, { text, limit: FOUND_ROWS, ...(cursor === undefined ? {} : { cursor }) });
  const first = await read(tree.cursor);
  if (!first) return undefined;
  return { page: first, lines: new Lines(tree, await readPages(tree, tree, first, read), new Map()).all() };
}

interface Page {
  readonly rows: readonly FileRow[];
  readonly next: string | undefined;
}

async function readPages(
  tree: TreeState,
  span: Span & { readonly path?: RelPath },
  first: Page,
  read: (cursor: string) => Promise<Page | undefined>,
): Promise<ReadPage[]> {
  const folder = span.path ?? tree.prefix;
  const pages: ReadPage[] = [];
  for (let page: Page | undefined = first, cursor = span.cursor; page; ) {
    const isWhole = cursor === undefined && page.next === undefined;
    pages.push({ cursor, rows: isWhole ? ordered(page.rows, sortOf(tree.sort)) : page.rows, next: page.next });
    if (page.next === undefined) break;
    pageBefore.set(beforeKey(tree, folder, page.next), cursor ?? '');
    if (pages.length === (span.pages ?? 1)) break;
    cursor = page.next;
    page = await read(cursor);
  }
  return pages;
}

/** Puts the pages into one list of lines, in which each folder's stand below its row. */
class Lines {
  readonly #tree: TreeState;
  readonly #opened: ReadonlyMap<RelPath, ReadPages>;
  readonly #lines: (TreeLine | ((of: Lines) => TreeLine))[] = [];
  readonly #placed: Placed[] = [];

  constructor(tree: TreeState, top: readonly ReadPage[], opened: ReadonlyMap<RelPath, ReadPages>) {
    this.#tree = tree;
    this.#opened = opened;
    this.#place(tree.prefix, tree, top, 1);
  }

  all(): TreeLine[] {
    return this.#lines.map((line) => (typeof line === 'function' ? line(this) : line));
  }

  #place(folder: RelPath | '', span: Span, pages: readonly ReadPage[], level: number): void {
    if (span.cursor !== undefined) this.#lines.push((lines) => lines.#less(folder, span, level));
    let end: string | undefined;
    for (const page of pages) {
      if (this.#lines.length + page.rows.length > MAX_ROWS && page !== pages[0]) break;
      const placed = { folder, cursor: page.cursor, rows: page.rows.length, from: this.#lines.length, to: 0 };
      this.#placed.push(placed);
      for (const row of page.rows) this.#entry(row, level);
      placed.to = this.#lines.length;
      end = page.next;
    }
    if (end !== undefined)
      this.#lines.push((lines) => ({ kind: 'more', folder, level, to: lines.#grown(folder, 'down') }));
  }

  #entry(row: FileRow, level: number): void {
    const folder = row.kind === 'dir' ? this.#tree.open.find(({ path }) => path === row.path) : undefined;
    const pages = folder && this.#opened.get(folder.path);
    const fits =
      pages !== undefined && (pages === 'failed' || this.#lines.length + (pages[0]?.rows.length ?? 0) < MAX_ROWS);
    this.#lines.push({ kind: 'entry', row, level, open: fits });
    if (!folder || !fits) return;
    if (pages === 'failed') this.#lines.push({ kind: 'failed', folder: folder.path, level: level + 1 });
    else this.#place(folder.path, folder, pages, level + 1);
  }

  #less(folder: RelPath | '', span: Span, level: number): TreeLine {
    const { before = 0, cursor = '' } = span;
    const known = pageBefore.get(beforeKey(this.#tree, folder, cursor));
    const start = withSpans(this.#tree, new Map([[folder, {}]]));
    const to = known === undefined ? undefined : this.#grown(folder, 'up', known);
    return { kind: 'less', folder, level, before, to, start };
  }

  /** The state with one page more of a folder, and without the pages that are then too far away.
   *  @param cursor  of the page above */
  #grown(folder: RelPath | '', way: 'up' | 'down', cursor = ''): TreeState {
    const left = new Map<RelPath | '', Placed[]>();
    for (const page of this.#placed) left.set(page.folder, [...(left.get(page.folder) ?? []), page]);
    const own = left.get(folder) ?? [];
    const edge = way === 'down' ? own.at(-1) : own[0];
    const at = (way === 'down' ? edge?.to : edge?.from) ?? 0;
    const pageRows = this.#tree.q === undefined ? PAGE_ROWS : FOUND_ROWS;
    let rows = this.#lines.length + pageRows;
    const far = (page: Placed) => Math.abs((page.from + page.to) / 2 - at);
    for (const page of this.#placed.toSorted((a, b) => far(b) - far(a))) {
      if (rows <= MAX_ROWS) break;
      const rest = left.get(page.folder) ?? [];
      const isEnd = page === rest[0] || page === rest.at(-1);
      const holdsEdge = edge !== undefined && page.from <= edge.from && edge.to <= page.to;
      if (!isEnd || holdsEdge || (page.folder === this.#tree.prefix && rest.length === 1)) continue;
      left.set(
        page.folder,
        rest.filter((one) => one !== page),
      );
      rows -= page.to - page.from;
    }
    const spans = new Map<RelPath | '', Span | 'closed'>();
    for (const [path, pages] of left) spans.set(path, this.#spanOf(path, pages));
    const span = spans.get(folder);
    if (span === undefined || span === 'closed') return this.#tree;
    const pages = (span.pages ?? 1) + 1;
    const before = Math.max(0, (span.before ?? 0) - pageRows);
    spans.set(
      folder,
      way === 'down' ? { ...span, pages } : { cursor: cursor || undefined, pages, before: cursor === '' ? 0 : before },
    );
    return withSpans(this.#tree, spans);
  }

  #spanOf(folder: RelPath | '', left: readonly Placed[]): Span | 'closed' {
    const [first] = left;
    if (!first) return 'closed';
    const was = folder === this.#tree.prefix ? this.#tree : this.#tree.open.find(({ path }) => path === folder);
    const gone = this.#placed.filter((page) => page.folder === folder && page.from < first.from);
    const before = (was?.before ?? 0) + gone.reduce((sum, { rows }) => sum + rows, 0);
    return { cursor: first.cursor, pages: left.length, before };
  }
}

function withSpans(tree: TreeState, spans: ReadonlyMap<RelPath | '', Span | 'closed'>): TreeState {
  const { project, prefix, q, sort } = tree;
  const own = spans.get(prefix) ?? tree;
  const open = tree.open.flatMap((folder): OpenFolder[] => {
    const span = spans.get(folder.path);
    if (span === 'closed') return [];
    return [span === undefined ? folder : { path: folder.path, ...span }];
  });
  return { project, prefix, q, sort, ...(own === 'closed' ? {} : spanOf(own)), open };
}

const spanOf = ({ cursor, pages, before }: Span): Span => ({ cursor, pages, before });
