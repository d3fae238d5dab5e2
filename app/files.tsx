// Files: a project's tree, one directory at a time, folders expandable in place, and a pane with the detail of one file.
// `/files` and `/file` are the same screen; the second has a file open.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { SearchField } from '../components/search-field.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { type ProjectName, projectNameSchema, type Sha, shaSchema } from '../core/model/ids.ts';
import { baseName, parentOf, parseRelPath, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv, Topic } from './context.ts';
import { downloadRoutes } from './download.ts';
import { NotFoundError } from './error-page.tsx';
import { detailPart } from './file-detail.tsx';
import { Breadcrumb, type Crumb } from './layout.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, markOf, type Part, partHtml } from './parts.ts';
import { worstFirst } from './projects.tsx';
import { loadTree, parseCursor, parseOpen, type Tree, treeRows } from './tree.tsx';
import { troublePart } from './trouble.tsx';
import { filesUrl, historyUrl, manageUrl, plainFileUrl, type TreeState } from './url.ts';

export const fileRoutes = new Hono<AppEnv>()
  .get('/files', async (c) => {
    const [first] = worstFirst(await c.get('services').queries.projects());
    return c.redirect(first ? filesUrl({ project: first.name, prefix: '', open: [] }) : '/projects', 302);
  })
  .get('/p/:project', (c) => c.redirect(filesUrl({ project: project(c), prefix: '', open: [] }), 302))
  .get('/p/:project/files', page)
  .get('/p/:project/files/live', (c) => live(c, topics(c), async () => (await load(c)).all))
  .get('/p/:project/file', page)
  .get('/p/:project/file/live', (c) => live(c, topics(c), async () => (await load(c)).all))
  .get('/p/:project/go', goTo)
  .route('/', downloadRoutes);

async function page(c: Context<AppEnv>): Promise<Response> {
  const { tree, selected, parts, all } = await load(c);
  return sendPage(c, {
    title: titleOf(tree, selected),
    section: 'files',
    crumbs: crumbs(tree),
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          {partHtml(parts.head)}
          <a class="button button-quiet" href={historyUrl(tree.project)}>
            <Icon name="history" />
            History
          </a>
          <a class="button button-quiet" href={manageUrl(tree.project)}>
            <Icon name="layers" />
            Manage
          </a>
          <GoTo project={tree.project} />
        </header>
        <div class="split">
          <div class="split-main">
            {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: WAI-ARIA names a table as the element of a treegrid */}
            <table id="files" class="grid" role="treegrid" aria-label={`Files of ${tree.project}`} aria-rowcount={-1}>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col" class="cell-tier">
                    Tier
                  </th>
                  <th scope="col" class="cell-size">
                    Size
                  </th>
                  <th scope="col" class="cell-time">
                    Modified
                  </th>
                </tr>
              </thead>
              {partHtml(parts.rows)}
            </table>
            {partHtml(parts.foot)}
          </div>
          {partHtml(parts.detail)}
        </div>
      </>
    ),
  });
}

const project = (c: Context<AppEnv>): ProjectName => {
  const name = projectNameSchema.safeParse(c.req.param('project'));
  if (!name.success) throw new NotFoundError('There is no such project.');
  return name.data;
};

const topics = (c: Context<AppEnv>): readonly Topic[] => [{ kind: 'project', project: project(c) }];

/** `/` as a reader types it is the top; a trailing slash is a habit, not an error. */
function parsePrefix(value: string | undefined): RelPath | '' {
  const trimmed = (value ?? '').replace(/\/$/, '');
  if (trimmed === '' || trimmed === '.') return '';
  const path = relPathSchema.safeParse(trimmed);
  if (!path.success) throw new NotFoundError('This address holds no path of a project.');
  return path.data;
}

/** What the address says: which directory, which folders are expanded, which file is open. */
function addressed(c: Context<AppEnv>): { tree: TreeState; selected: RelPath | undefined; commit?: Sha } {
  const { path, in: within } = c.req.query();
  const one = /\/file(\/live)?$/.test(c.req.path) ? parsePrefix(path) : '';
  const selected = one === '' ? undefined : one;
  const fallback = selected === undefined ? path : (parentOf(selected) ?? '');
  const cursor = parseCursor(c.req.query('cursor'));
  const version = shaSchema.safeParse(c.req.query('commit'));
  return {
    tree: {
      project: project(c),
      prefix: parsePrefix(selected === undefined ? path : (within ?? fallback)),
      open: parseOpen(c.req.queries('open') ?? []),
      ...(cursor === undefined ? {} : { cursor }),
    },
    selected,
    ...(version.success && { commit: version.data }),
  };
}

async function load(c: Context<AppEnv>) {
  const { tree, selected, commit } = addressed(c);
  const { queries } = c.get('services');
  const [loaded, detail] = await Promise.all([
    loadTree(queries, tree),
    detailPart(c.get('services'), tree, selected, commit),
  ]);
  if (!loaded) throw new NotFoundError(`There is no project ${tree.project}.`);
  const trouble = troublePart(queries);
  const head = block('files-head', <Head tree={tree} loaded={loaded} title={titleOf(tree, selected)} />);
  const rows: List = { kind: 'list', tag: 'tbody', id: 'file-rows', rows: treeRows(tree, loaded.lines, selected) };
  const foot = block('files-foot', <Foot tree={tree} loaded={loaded} />);
  const way = block('crumbs', <Breadcrumb tenant={c.get('services').tenant} crumbs={crumbs(tree)} />);
  const all: readonly Part[] = [trouble, way, head, rows, foot, detail];
  return { tree, selected, parts: { trouble, head, rows, foot, detail }, all };
}

function crumbs(tree: TreeState): Crumb[] {
  const at = (prefix: RelPath | '') => filesUrl({ project: tree.project, prefix, open: [] });
  const found: Crumb[] = [{ text: tree.project, href: at('') }];
  let cut = -1;
  while (tree.prefix !== '' && cut < tree.prefix.length) {
    const end = tree.prefix.indexOf('/', cut + 1);
    const to = end < 0 ? tree.prefix.length : end;
    found.push({ text: tree.prefix.slice(cut + 1, to), href: at(parseRelPath(tree.prefix.slice(0, to))) });
    cut = to;
  }
  return found;
}

function titleOf(tree: TreeState, selected: RelPath | undefined): string {
  const last = baseName(selected ?? tree.prefix);
  return last === '' ? tree.project : `${visible(last)} in ${tree.project}`;
}

/** The script gives the window this title when the screen changes without a reload. */
function Head({ tree, loaded, title }: { tree: TreeState; loaded: Tree; title: string }) {
  const { page } = loaded;
  return (
    <div class="head-words" id="files-head" data-title={title}>
      <h1 class={tree.prefix === '' ? undefined : 'mono'}>
        <VisibleText value={tree.prefix === '' ? tree.project : baseName(tree.prefix)} />
      </h1>
      <p class="muted num">
        {plural(page.files, 'file')} · {formatBytes(page.bytes)}
      </p>
    </div>
  );
}

/** Stands outside of what is patched: a patch would take away what is being typed. */
function GoTo({ project }: { project: ProjectName }) {
  return (
    <form method="get" action={`/p/${project}/go`} class="search">
      <SearchField name="path" label="Go to path" />
    </form>
  );
}

function Foot({ tree, loaded }: { tree: TreeState; loaded: Tree }) {
  const { page } = loaded;
  const first = filesUrl({ ...tree, cursor: undefined, open: [] });
  return (
    <footer id="files-foot" class="foot">
      {page.rows.length === 0 ? <Nothing tree={tree} /> : null}
      {tree.cursor !== undefined || page.next !== undefined ? (
        <p class="pager">
          <span class="muted num">{plural(page.rows.length, 'entry', 'entries')} on this page</span>
          {tree.cursor === undefined ? null : (
            <a class="button" href={first}>
              <Icon name="arrow-up-to-line" />
              First page
            </a>
          )}
          {page.next === undefined ? null : (
            <a class="button" href={filesUrl({ ...tree, cursor: page.next, open: [] })} rel="next">
              Next page
              <Icon name="chevron-right" />
            </a>
          )}
        </p>
      ) : null}
    </footer>
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
        <p>Save a file in a workspace of this project on any node: it appears here within a second.</p>
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

/** A typed path: a file opens as a file, anything else as a directory. */
async function goTo(c: Context<AppEnv>): Promise<Response> {
  const path = parsePrefix((c.req.query('path') ?? '').trim().replace(/^\/+/, ''));
  if (path !== '' && (await c.get('services').queries.file(project(c), path)))
    return c.redirect(plainFileUrl(project(c), path), 303);
  return c.redirect(filesUrl({ project: project(c), prefix: path, open: [] }), 303);
}
