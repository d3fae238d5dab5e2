// The table of the files screen, and its headings: each sorts what is on the screen as a whole, and says so where it cannot.
import { Icon } from '../components/icon.tsx';
import { type Block, block, type List, partHtml } from './parts.ts';
import { type Column, clicked, type Sort, sortOf } from './tree-order.ts';
import { PAGE_ROWS } from './tree-pages.ts';
import { filesUrl, type TreeState } from './url.ts';

/** A part of its own: the headings change with the address, without a reload. */
export const columnsPart = (tree: TreeState): Block => block('files-columns', <Columns tree={tree} />);

export function FilesTable({ tree, columns, rows }: { tree: TreeState; columns: Block; rows: List }) {
  return (
    <table
      id="files"
      class="grid"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: WAI-ARIA names a table as the element of a treegrid
      role="treegrid"
      aria-label={`Files of ${tree.project}`}
      aria-rowcount={-1}
      aria-multiselectable="true"
    >
      <thead>{partHtml(columns)}</thead>
      {partHtml(rows)}
    </table>
  );
}

function Columns({ tree }: { tree: TreeState }) {
  const heading = { tree, now: sortOf(tree.sort) };
  return (
    <tr id="files-columns">
      <th scope="col" class="cell-check">
        <input type="checkbox" id="select-page" class="js-only" aria-label="Select all rows shown" />
      </th>
      <Heading {...heading} by="name" word="Name" />
      <th scope="col" class="cell-tier">
        Tier
      </th>
      <Heading {...heading} by="size" word="Size" />
      <Heading {...heading} by="modified" word="Modified" />
    </tr>
  );
}

const CLASSES: Readonly<Record<Column, string | undefined>> = {
  name: undefined,
  size: 'cell-size',
  modified: 'cell-time',
};

function Heading({ tree, now, by, word }: { tree: TreeState; now: Sort; by: Column; word: string }) {
  const isNow = now.by === by;
  return (
    <th scope="col" class={CLASSES[by]} aria-sort={isNow ? (now.isDown ? 'descending' : 'ascending') : undefined}>
      <a
        href={filesUrl({ ...tree, sort: clicked(by, now) })}
        class="sort"
        data-soft=""
        title={`Sorts folders of up to ${PAGE_ROWS} rows; longer ones stay in the order of their paths`}
      >
        {word}
        {isNow ? <Icon name={now.isDown ? 'arrow-down' : 'arrow-up'} /> : null}
      </a>
    </th>
  );
}
