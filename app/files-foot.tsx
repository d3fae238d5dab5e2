// Below the rows of the files screen: why there are none, and what is still being made so that there are more.
import { EmptyState } from '../components/empty-state.tsx';
import { plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { parentOf, type RelPath } from '../core/model/rel-path.ts';
import type { Found, Tree } from './tree-pages.ts';
import { addUrl, filesUrl, projectUrl, type TreeState } from './url.ts';

export function FilesFoot({ tree, page }: { tree: TreeState; page: (Tree | Found)['page'] }) {
  return (
    <footer id="files-foot" class="foot">
      {'indexed' in page && page.indexed !== undefined ? (
        <p class="notice">
          <Icon name="clock" />
          <span>
            The files of this project are being indexed, {plural(page.indexed, 'path')} so far: what is not found yet
            may still come.
          </span>
        </p>
      ) : null}
      {page.rows.length > 0 ? null : tree.q === undefined ? (
        <Nothing tree={tree} />
      ) : (
        <NoMatch tree={tree} page={page} />
      )}
    </footer>
  );
}

function NoMatch({ tree, page }: { tree: TreeState; page: (Tree | Found)['page'] }) {
  if (page.next !== undefined) return null;
  return (
    <EmptyState icon="search" title="No file matches">
      <p>
        No path in {tree.project} has{' '}
        <code>
          <VisibleText value={tree.q ?? ''} />
        </code>
        . Upper and lower case are alike; of several words each has to be in the path.
      </p>
      <p>
        <a class="button" href={projectUrl(tree.project)} data-soft="" data-clear="">
          Clear the search
        </a>
      </p>
    </EmptyState>
  );
}

function Nothing({ tree }: { tree: TreeState }) {
  if (tree.cursor !== undefined) {
    return (
      <EmptyState icon="folder" title="Nothing further">
        <p>This page of the directory has no entries any more.</p>
      </EmptyState>
    );
  }
  if (tree.prefix === '') {
    return (
      <EmptyState icon="inbox" title="No files yet">
        <p>
          Save a file in a workspace of this project on any node: it appears here within a second. Or drop files here.
        </p>
        <p>
          <a class="button" href={addUrl(tree.project, '')}>
            <Icon name="plus" />
            Add files
          </a>
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="folder" title="Nothing in here">
      <p>
        <code>
          <VisibleText value={tree.prefix} />
        </code>{' '}
        is empty, or it was moved or deleted.
      </p>
      <p>
        <a
          class="button"
          href={filesUrl({ project: tree.project, prefix: parentOf(tree.prefix as RelPath) ?? '', open: [] })}
        >
          Open the folder above
        </a>
      </p>
    </EmptyState>
  );
}
