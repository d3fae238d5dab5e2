// The rows of the file tree: one directory, and the folders expanded in it, each with a page of its own. Everything is
// paged by key, so a directory of a million names costs what its page costs.
import { z } from 'zod';
import { Chip } from '../components/chip.tsx';
import { fileIcon } from '../components/file-icon.ts';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import { isUnder, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { Queries } from './context.ts';
import type { FilePage, FileRow, Tiers } from './file-view.ts';
import { listRow, type Row, rowId } from './parts.ts';
import { Remembered } from './remembered.ts';
import { filesUrl, fileUrl, type OpenFolder, type TreeState } from './url.ts';

const PAGE_ROWS = 200;
const FOLDER_ROWS = 50;
/** Expanded folders at once; with their pages they stay under a thousand rows. */
const MAX_OPEN = 16;

/** A line of the tree as it is drawn. */
export type TreeLine =
  | { readonly kind: 'entry'; readonly row: FileRow; readonly level: number; readonly open: boolean }
  | {
      readonly kind: 'more';
      readonly folder: RelPath;
      readonly level: number;
      readonly first: string | undefined;
      readonly next: string | undefined;
    }
  | { readonly kind: 'failed'; readonly folder: RelPath; readonly level: number };

export interface Tree {
  readonly page: FilePage;
  readonly lines: readonly TreeLine[];
}

/** `open=docs/a` or `open=docs/a//CURSOR`. What is no path is left out: an address may be edited by hand. */
export function parseOpen(values: readonly string[]): OpenFolder[] {
  return values.slice(0, MAX_OPEN).flatMap((value) => {
    const cut = value.indexOf('//');
    const path = relPathSchema.safeParse(cut < 0 ? value : value.slice(0, cut));
    if (!path.success) return [];
    return cut < 0 ? [{ path: path.data }] : [{ path: path.data, at: value.slice(cut + 2) }];
  });
}

const cursorSchema = z.string().max(10_000).optional().catch(undefined);
export const parseCursor = (value: string | undefined): string | undefined => cursorSchema.parse(value);

/** @returns undefined when there is no such project */
export async function loadTree(queries: Queries, tree: TreeState): Promise<Tree | undefined> {
  const page = await queries.files(tree.project, {
    prefix: tree.prefix,
    limit: PAGE_ROWS,
    ...(tree.cursor === undefined ? {} : { cursor: tree.cursor }),
  });
  if (!page) return undefined;
  const open = new Map(tree.open.map((folder) => [folder.path, folder]));
  return { page, lines: await linesOf(queries, tree.project, page.rows, open, 1) };
}

async function linesOf(
  queries: Queries,
  project: ProjectName,
  rows: readonly FileRow[],
  open: ReadonlyMap<RelPath, OpenFolder>,
  level: number,
): Promise<TreeLine[]> {
  const groups = await Promise.all(
    rows.map(async (row): Promise<TreeLine[]> => {
      const folder = row.kind === 'dir' ? open.get(row.path) : undefined;
      const line: TreeLine = { kind: 'entry', row, level, open: folder !== undefined };
      if (!folder) return [line];
      return [line, ...(await folderLines(queries, project, folder, open, level + 1))];
    }),
  );
  return groups.flat();
}

/** A folder that cannot be read is one row that says so; the rest of the tree stands. */
async function folderLines(
  queries: Queries,
  project: ProjectName,
  folder: OpenFolder,
  open: ReadonlyMap<RelPath, OpenFolder>,
  level: number,
): Promise<TreeLine[]> {
  try {
    const page = await queries.files(project, {
      prefix: folder.path,
      limit: FOLDER_ROWS,
      ...(folder.at === undefined ? {} : { cursor: folder.at }),
    });
    if (!page) return [];
    const lines = await linesOf(queries, project, page.rows, open, level);
    if (page.next !== undefined || folder.at !== undefined) {
      lines.push({ kind: 'more', folder: folder.path, level, first: folder.at, next: page.next });
    }
    return lines;
  } catch {
    return [{ kind: 'failed', folder: folder.path, level }];
  }
}

export function treeRows(tree: TreeState, lines: readonly TreeLine[], selected: RelPath | undefined): Row[] {
  // One row takes part in the tab order: the selected one, or the first.
  const stop = lines.find((line) => line.kind === 'entry' && line.row.path === selected) ?? lines[0];
  return lines.map((line) => rowOf(tree, line, selected, line === stop));
}

/** Rows that did not change are not rendered again, for any reader: a busy project wakes its pages ten times a second. */
const kept = new Remembered<Row>(5000);

function rowOf(tree: TreeState, line: TreeLine, selected: RelPath | undefined, stop: boolean): Row {
  if (line.kind !== 'entry') {
    const id = rowId(line.kind, line.folder);
    return listRow(id, <FolderRow tree={tree} line={line} id={id} stop={stop} />);
  }
  const { row, level, open } = line;
  const chosen = row.path === selected;
  return kept.of(JSON.stringify([tree, row, level, open, chosen, stop]), () => {
    const id = rowId('f', row.path);
    return listRow(id, <EntryRow tree={tree} line={line} id={id} selected={chosen} stop={stop} />);
  });
}

interface EntryRowProps {
  readonly tree: TreeState;
  readonly line: Extract<TreeLine, { kind: 'entry' }>;
  readonly id: string;
  readonly selected: boolean;
  readonly stop: boolean;
}

function EntryRow({ tree, line, id, selected, stop }: EntryRowProps) {
  const { row, level, open } = line;
  const dir = row.kind === 'dir';
  return (
    <tr
      id={id}
      class={dir ? 'is-dir' : undefined}
      data-path={row.path}
      data-row=""
      aria-level={level}
      aria-expanded={dir ? String(open) : undefined}
      aria-selected={selected ? 'true' : undefined}
      tabindex={stop ? 0 : -1}
    >
      <td class="cell-name">
        <span class={`tree-name lvl-${Math.min(level, 12)}`}>
          {dir ? (
            <a
              class="twist"
              href={filesUrl({ ...tree, open: toggled(tree.open, row.path) })}
              data-soft=""
              data-twist=""
              tabindex={-1}
              aria-label={`${open ? 'Collapse' : 'Expand'} ${visible(row.name)}`}
            >
              <Icon name={open ? 'chevron-down' : 'chevron-right'} />
            </a>
          ) : (
            <span class="twist" />
          )}
          <Icon
            name={dir ? (open ? 'folder-open' : 'folder') : fileIcon(row.name)}
            class={dir ? 'icon-dir' : 'icon-file'}
          />
          {dir ? (
            <a
              class="name"
              href={filesUrl({ project: tree.project, prefix: row.path, open: [] })}
              title={longName(row.name)}
              data-open=""
              tabindex={-1}
            >
              <VisibleText value={row.name} />
            </a>
          ) : (
            <a
              class="name"
              href={fileUrl(tree, row.path)}
              title={longName(row.name)}
              data-open=""
              data-soft=""
              tabindex={-1}
            >
              <VisibleText value={row.name} />
            </a>
          )}
        </span>
      </td>
      <td class="cell-tier">
        {dir ? <span class="muted num">{plural(row.files, 'file')}</span> : <TierBadges tiers={row.tiers} />}
      </td>
      <td class="cell-size num">{formatBytes(dir ? row.bytes : row.sizeBytes)}</td>
      <td class="cell-time">{dir ? <span class="muted">–</span> : <When at={row.modifiedAt} />}</td>
    </tr>
  );
}

/** A name that may be cut is told in full on hover. */
const longName = (name: string): string | undefined => (name.length > 40 ? visible(name) : undefined);

export function TierBadges({ tiers }: { tiers: Tiers }) {
  return (
    <span class="tiers">
      {tiers.hot ? <Chip tone="hot" icon="flame" word="Hot" title="In hot storage (NATS)" /> : null}
      {tiers.inStrangeCold ? (
        <Chip
          tone="warn"
          icon="triangle-alert"
          word="Not proven"
          title="Its copy is on record in a cold storage that is not the one connected now"
        />
      ) : tiers.cold ? (
        <Chip tone="cold" icon="snowflake" word="Cold" title="A verified copy is in cold storage" />
      ) : (
        <Chip tone="neutral" icon="clock" word="To archive" title="Not proven in cold storage yet" />
      )}
      {tiers.hot || tiers.cold || tiers.inStrangeCold ? null : (
        <Chip tone="bad" icon="triangle-alert" word="Missing" title="In neither tier" />
      )}
    </span>
  );
}

interface FolderRowProps {
  readonly tree: TreeState;
  readonly line: Exclude<TreeLine, { kind: 'entry' }>;
  readonly id: string;
  readonly stop: boolean;
}

function FolderRow({ tree, line, id, stop }: FolderRowProps) {
  const at = (cursor: string | undefined): string =>
    filesUrl({
      ...tree,
      open: tree.open.map((folder) => (folder.path === line.folder ? openAt(folder.path, cursor) : folder)),
    });
  return (
    <tr id={id} class="row-more" data-row="" aria-level={line.level} tabindex={stop ? 0 : -1}>
      <td colspan={4}>
        <span class={`tree-name lvl-${Math.min(line.level, 12)}`}>
          <span class="twist" />
          {line.kind === 'failed' ? (
            <>
              <Icon name="triangle-alert" class="bad" />
              <span>
                <VisibleText value={line.folder} /> could not be read.
              </span>
              <a href={filesUrl(tree)} data-soft="" data-open="">
                Try again
              </a>
            </>
          ) : (
            <>
              {line.first === undefined ? null : (
                <a href={at(undefined)} data-soft="">
                  From the start
                </a>
              )}
              {line.next === undefined ? null : (
                <a href={at(line.next)} data-soft="" data-open="">
                  Next {FOLDER_ROWS} in <VisibleText value={line.folder} />
                </a>
              )}
            </>
          )}
        </span>
      </td>
    </tr>
  );
}

const openAt = (path: RelPath, cursor: string | undefined): OpenFolder =>
  cursor === undefined ? { path } : { path, at: cursor };

/** Closing a folder closes what is open below it too. */
export function toggled(open: readonly OpenFolder[], path: RelPath): OpenFolder[] {
  if (open.some((folder) => folder.path === path)) {
    return open.filter((folder) => folder.path !== path && !isUnder(folder.path, path));
  }
  return [...open, { path }].slice(-MAX_OPEN);
}
