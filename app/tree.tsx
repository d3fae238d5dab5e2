// The rows of the file tree, as a treegrid: what is selected, where each row is counted, and which row the keys are at, is
// the script's to say, because it depends on the reader and not on the project.
import type { Child } from 'hono/jsx';
import { fileIcon } from '../components/file-icon.ts';
import { formatBytes, formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { Job } from '../core/model/job.ts';
import { parentOf, type RelPath } from '../core/model/rel-path.ts';
import { Remembered } from '../core/model/remembered.ts';
import type { FileRow } from './file-view.ts';
import { FolderBadges } from './folder-tiers.tsx';
import { KIND_WORDS } from './job-parts.tsx';
import { listRow, type Row, rowId } from './parts.ts';
import { markedBy, searchWords } from './search-words.ts';
import { SELECTION_FORM } from './selection-bar.tsx';
import { TierBadges } from './tier-badges.tsx';
import { FOUND_ROWS, PAGE_ROWS, type TreeLine } from './tree-pages.ts';
import { toggled } from './tree-state.ts';
import { filesUrl, fileUrl, jobUrl, plainFileUrl, type TreeState } from './url.ts';

/** The job that does something with a path, or could not; undefined: none. */
export type JobAt = (path: RelPath) => Pick<Job, 'id' | 'task' | 'state'> | undefined;

/** @param shown  the file whose detail is beside the tree */
export function treeRows(
  tree: TreeState,
  lines: readonly TreeLine[],
  shown: RelPath | undefined,
  jobAt: JobAt = () => undefined,
  isPinned: (path: RelPath) => boolean = () => false,
): Row[] {
  // One row takes part in the tab order: the one that is shown, or the first.
  const stop = lines.find((line) => line.kind === 'entry' && line.row.path === shown) ?? lines[0];
  return lines.map((line) => rowOf(tree, line, { shown, jobAt, isPinned, stop: line === stop }));
}

/** Rows that did not change are not rendered again, for any reader: a busy project wakes its pages ten times a second. */
const kept = new Remembered<Row>(5000);

interface RowAt {
  readonly shown: RelPath | undefined;
  readonly jobAt: JobAt;
  /** itself, or what it is in */
  readonly isPinned: (path: RelPath) => boolean;
  readonly stop: boolean;
}

function rowOf(tree: TreeState, line: TreeLine, { shown, jobAt, isPinned, stop }: RowAt): Row {
  if (line.kind !== 'entry') {
    const id = rowId(line.kind, line.folder);
    return listRow(id, <FolderRow tree={tree} line={line} id={id} stop={stop} />);
  }
  const { row, level, open } = line;
  const isShown = row.path === shown;
  const job = jobAt(row.path);
  const pinned = isPinned(row.path);
  return kept.of(
    JSON.stringify([tree, row, level, open, isShown, stop, job?.id, job?.state === 'failed', pinned]),
    () => {
      const id = rowId('f', row.path);
      return listRow(
        id,
        <EntryRow tree={tree} line={line} id={id} isShown={isShown} job={job} pinned={pinned} stop={stop} />,
      );
    },
  );
}

interface EntryRowProps {
  readonly tree: TreeState;
  readonly line: Extract<TreeLine, { kind: 'entry' }>;
  readonly id: string;
  readonly isShown: boolean;
  readonly job: ReturnType<JobAt>;
  readonly pinned: boolean;
  readonly stop: boolean;
}

function EntryRow({ tree, line, id, isShown, job, pinned, stop }: EntryRowProps) {
  const { row, level, open } = line;
  const dir = row.kind === 'dir';
  const name = tree.q === undefined ? <VisibleText value={row.name} /> : <Marked text={row.name} q={tree.q} />;
  const above = parentOf(row.path);
  return (
    <tr
      id={id}
      class={dir ? 'is-dir' : undefined}
      data-path={row.path}
      data-row=""
      aria-level={level}
      aria-expanded={dir ? String(open) : undefined}
      aria-selected="false"
      aria-current={isShown ? 'true' : undefined}
      data-files={dir ? row.files : 1}
      data-bytes={dir ? row.bytes : row.sizeBytes}
      tabindex={stop ? 0 : -1}
    >
      <td class="cell-check">
        {/* The value is encoded: a form would change the line ends of a name. */}
        <label class="check">
          <input
            type="checkbox"
            name="path"
            value={encodeURIComponent(row.path)}
            form={SELECTION_FORM}
            aria-label={`Select ${visible(row.name)}`}
            tabindex={-1}
          />
        </label>
      </td>
      <td class="cell-name">
        <span class="tree-name">
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
              href={filesUrl({ project: tree.project, prefix: row.path, sort: tree.sort, open: [] })}
              title={longName(row.name)}
              data-open=""
              tabindex={-1}
            >
              {name}
            </a>
          ) : (
            <a
              class="name"
              href={fileUrl(tree, row.path)}
              title={longName(row.name)}
              data-open=""
              data-soft=""
              data-link={plainFileUrl(tree.project, row.path)}
              tabindex={-1}
            >
              {name}
            </a>
          )}
          {tree.q === undefined || above === undefined ? null : (
            <span class="found-in muted mono">
              <Marked text={`${above}/`} q={tree.q} />
            </span>
          )}
        </span>
      </td>
      <td class="cell-tier">
        {dir ? <FolderFacts row={row} /> : <TierBadges tiers={row.tiers} />}
        {pinned ? <PinMark /> : null}
        {job ? <RowJob job={job} /> : null}
      </td>
      <td class="cell-size num">{formatBytes(dir ? row.bytes : row.sizeBytes)}</td>
      <td class="cell-time">{dir ? <span class="muted">–</span> : <When at={row.modifiedAt} />}</td>
    </tr>
  );
}

function FolderFacts({ row: { files, tiers } }: { row: Extract<FileRow, { kind: 'dir' }> }) {
  return (
    <span class="folder-facts">
      {tiers ? <FolderBadges files={files} tiers={tiers} /> : null}
      <span class="muted num">{plural(files, 'file')}</span>
    </span>
  );
}

function PinMark() {
  return (
    <span class="chip chip-neutral row-job" role="img" title="Pinned: it stays in hot storage" aria-label="Pinned">
      <Icon name="pin" />
    </span>
  );
}

/** What a job does with it now, or did not get done. */
function RowJob({ job: { id, task, state } }: { job: NonNullable<ReturnType<JobAt>> }) {
  const failed = state === 'failed';
  const word = `${KIND_WORDS[task.kind]} ${failed ? 'failed' : 'is under way'}: open the job`;
  return (
    <a
      class={`chip chip-${failed ? 'bad' : 'busy'} row-job`}
      href={jobUrl(id)}
      title={word}
      aria-label={word}
      tabindex={-1}
    >
      <Icon name={failed ? 'triangle-alert' : 'refresh-cw'} />
    </a>
  );
}

/** A path with what was searched for marked. */
function Marked({ text, q }: { text: string; q: string }) {
  return (
    <>
      {markedBy(text, searchWords(q)).map((turn, i): Child => {
        if (turn === '') return null;
        return i % 2 === 0 ? (
          <VisibleText value={turn} />
        ) : (
          <mark>
            <VisibleText value={turn} />
          </mark>
        );
      })}
    </>
  );
}

/** A name that may be cut is told in full on hover. */
const longName = (name: string): string | undefined => (name.length > 40 ? visible(name) : undefined);

interface FolderRowProps {
  readonly tree: TreeState;
  readonly line: Exclude<TreeLine, { kind: 'entry' }>;
  readonly id: string;
  readonly stop: boolean;
}

function FolderRow({ tree, line, id, stop }: FolderRowProps) {
  return (
    <tr
      id={id}
      class="row-more"
      data-row=""
      data-before={line.kind === 'less' ? line.before : undefined}
      aria-level={line.level}
      tabindex={stop ? 0 : -1}
    >
      <td colspan={5}>
        {line.kind === 'less' && line.before > 0 ? (
          <svg class="room" width="1" height={line.before * ROW_HEIGHT} aria-hidden="true" />
        ) : null}
        <span class="tree-name">
          <span class="twist" />
          <FolderLine tree={tree} line={line} />
        </span>
      </td>
    </tr>
  );
}

/** What rows that left the screen keep; on a phone they were higher, and the scroll bar is a little off. */
const ROW_HEIGHT = 32;

function FolderLine({ tree, line }: Pick<FolderRowProps, 'tree' | 'line'>) {
  const where = <VisibleText value={line.folder === '' ? tree.project : line.folder} />;
  if (line.kind === 'failed') {
    return (
      <>
        <Icon name="triangle-alert" class="bad" />
        <span>{where} could not be read.</span>
        <a href={filesUrl(tree)} data-soft="" data-open="" tabindex={-1}>
          Retry
        </a>
      </>
    );
  }
  if (line.kind === 'more') {
    return (
      <a href={filesUrl(line.to)} data-soft="" data-open="" data-page="" rel="next" tabindex={-1}>
        {tree.q === undefined ? (
          <>
            Next {PAGE_ROWS} in {where}
            {tree.sort === undefined ? null : ': too many to sort, in the order of their paths'}
          </>
        ) : (
          `Next ${FOUND_ROWS} matches`
        )}
      </a>
    );
  }
  return (
    <>
      {line.to ? (
        <a href={filesUrl(line.to)} data-soft="" data-open="" data-page="" rel="prev" tabindex={-1}>
          Rows before
        </a>
      ) : null}
      <a href={filesUrl(line.start)} data-soft="" data-open={line.to ? undefined : ''} tabindex={-1}>
        From the start
      </a>
      {line.before > 0 ? <span class="muted num">{formatCount(line.before)} rows above</span> : null}
    </>
  );
}
