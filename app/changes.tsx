// What differs between two commits, as rows: each path with what became of it and its size before and after.
import { CategoryChip } from '../components/chip.tsx';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { type Difference, type DiffTotals, pathOf } from '../core/history/diff-page.ts';
import { type Entry, isFile } from '../core/model/entry.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import { type Category, categoryLooks } from './category.ts';
import { type List, listRow, rowId } from './parts.ts';
import { diffUrl } from './url.ts';

export const CHANGES_SHOWN = 200;

/** Another with nothing that differs but when it was written, or its mode, is one as well. */
const LOOKS: Readonly<Record<Difference['kind'], { readonly category: Category; readonly word: string }>> = {
  added: { category: 'create', word: 'Added' },
  updated: { category: 'update', word: 'Changed' },
  removed: { category: 'remove', word: 'Deleted' },
  moved: { category: 'move', word: 'Moved' },
};

interface Between {
  readonly project: ProjectName;
  readonly from: Sha;
  readonly to: Sha;
}

export const changeRows = (between: Between, changes: readonly Difference[]): List => ({
  kind: 'list',
  tag: 'tbody',
  id: 'changes',
  rows: changes.map((change, at) => {
    const id = rowId('d', pathOf(change));
    return listRow(id, <ChangeRow id={id} between={between} change={change} stop={at === 0} />);
  }),
});

/** Around the rows: they are patched alone. */
export function ChangesTable({ label, children }: { label: string; children: unknown }) {
  return (
    <table class="grid" id="changes-table" aria-label={label}>
      <thead>
        <tr>
          <th scope="col" class="cell-kind">
            Change
          </th>
          <th scope="col">Path</th>
          <th scope="col" class="cell-size">
            Before
          </th>
          <th scope="col" class="cell-size">
            After
          </th>
        </tr>
      </thead>
      {children}
    </table>
  );
}

export function KindChip({ kind }: { kind: Difference['kind'] }) {
  const { category, word } = LOOKS[kind];
  return <CategoryChip category={category} icon={categoryLooks[category].icon} word={word} severity="info" />;
}

interface ChangeRowProps {
  readonly id: string;
  readonly between: Between;
  readonly change: Difference;
  readonly stop: boolean;
}

function ChangeRow({ id, between, change, stop }: ChangeRowProps) {
  const was = change.kind === 'added' ? undefined : change.was;
  const entry = change.kind === 'removed' ? undefined : change.entry;
  const path = pathOf(change);
  return (
    <tr id={id} data-row="" data-change={change.kind} tabindex={stop ? 0 : -1}>
      <td class="cell-kind">
        <KindChip kind={change.kind} />
      </td>
      <td class="cell-path">
        {change.kind === 'moved' ? (
          <span class="moved-from muted mono">
            <VisibleText value={change.was.path} />
            <Icon name="arrow-right" />
          </span>
        ) : null}
        <a class="mono" href={diffUrl(between.project, between, { path })} data-open="" tabindex={-1}>
          <VisibleText value={path} />
        </a>
      </td>
      <td class="cell-size num">
        <Size entry={was} />
      </td>
      <td class="cell-size num">
        <Size entry={entry} />
      </td>
    </tr>
  );
}

function Size({ entry }: { entry: Entry | undefined }) {
  if (!entry) return <span class="muted">–</span>;
  return isFile(entry) ? formatBytes(entry.size) : <span class="muted">directory</span>;
}

/** `3 added, 1 deleted · 4.1 MB put, 12 kB gone` */
export function TotalsLine({ totals }: { totals: DiffTotals }) {
  const { added, updated, removed, moved, putBytes, goneBytes } = totals;
  const counts = [
    [added, 'added'],
    [updated, 'changed'],
    [removed, 'deleted'],
    [moved, 'moved'],
  ] as const;
  const words = counts.filter(([count]) => count > 0).map(([count, word]) => `${plural(count, 'path')} ${word}`);
  if (words.length === 0) return <p class="muted">Nothing differs.</p>;
  return (
    <p class="muted num">
      {words.join(', ')}
      {putBytes > 0 ? ` · ${formatBytes(putBytes)} put` : ''}
      {goneBytes > 0 ? ` · ${formatBytes(goneBytes)} replaced or gone` : ''}
    </p>
  );
}
