// Files: a project's tree, one directory at a time, folders expandable in place, and a pane with the detail of one file.
// `/files` and `/file` are the same screen; the second has a file open.
import { type Context, Hono } from 'hono';
import { plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { visible } from '../components/visible-text.tsx';
import { type ProjectName, projectNameSchema, type Sha, shaSchema } from '../core/model/ids.ts';
import { baseName, isUnder, parentOf, parseRelPath, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv, Topic } from './context.ts';
import { downloadRoutes } from './download.ts';
import { NotFoundError } from './error-page.tsx';
import { detailPart } from './file-detail.tsx';
import { FilesFoot } from './files-foot.tsx';
import { FilesHead, FilesSearch, jobAt, jobsToTell } from './files-head.tsx';
import { columnsPart, FilesTable } from './files-table.tsx';
import { lastProjectOf, ProjectSwitcher } from './last-project.tsx';
import { Breadcrumb, type Crumb } from './layout.tsx';
import { live } from './live.ts';
import { madeIn } from './made-commit.ts';
import { sendPage } from './page.tsx';
import { type Block, block, type List, markOf, type Part, partHtml } from './parts.ts';
import { worstFirst } from './projects.tsx';
import { saidHtml, saidIn } from './said.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { ShareButton } from './share-button.tsx';
import { treeRows } from './tree.tsx';
import { parseSort } from './tree-order.ts';
import { loadFound, loadTree } from './tree-pages.ts';
import { parseOpen, parseSpan } from './tree-state.ts';
import { troublePart } from './trouble.tsx';
import { UploadBox } from './upload-box.tsx';
import { addUrl, filesUrl, historyUrl, manageUrl, plainFileUrl, projectUrl, type TreeState } from './url.ts';

export const fileRoutes = new Hono<AppEnv>()
  .get('/files', async (c) => {
    const projects = await c.get('services').queries.projects();
    const [worst] = worstFirst(projects);
    const last = lastProjectOf(c);
    const first = projects.find(({ name }) => name === last) ?? worst;
    return c.redirect(first ? projectUrl(first.name) : '/projects', 302);
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
  const names = (await c.get('services').queries.projects()).map(({ name }) => name);
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
          <ProjectSwitcher here={tree.project} names={names} />
          <a
            class="button button-quiet"
            href={historyUrl(tree.project, tree.prefix === '' ? {} : { path: tree.prefix })}
          >
            <Icon name="history" />
            History
          </a>
          <a class="button button-quiet" href={addUrl(tree.project, tree.prefix)}>
            <Icon name="plus" />
            Add
          </a>
          <ShareButton project={tree.project} path={tree.prefix} isQuiet />
          <a class="button button-quiet" href={manageUrl(tree.project)}>
            <Icon name="layers" />
            Manage
          </a>
          <FilesSearch tree={tree} />
        </header>
        {saidHtml(saidIn(c), madeIn(c, tree.project))}
        <UploadBox project={tree.project} place={tree.prefix} />
        {partHtml(parts.news)}
        <div class="split">
          <div class="split-main">
            <FilesTable tree={tree} columns={parts.columns} rows={parts.rows} />
            {partHtml(parts.foot)}
            <SelectionBar project={tree.project} back={filesUrl(tree)} />
          </div>
          {partHtml(parts.detail)}
        </div>
        <dialog id="ask" aria-label="Confirm">
          <div id="ask-body" />
        </dialog>
      </>
    ),
  });
}

const project = (c: Context<AppEnv>): ProjectName => {
  const name = projectNameSchema.safeParse(c.req.param('project'));
  if (!name.success) throw new NotFoundError('There is no such project.');
  return name.data;
};

const topics = (c: Context<AppEnv>): readonly Topic[] => [{ kind: 'project', project: project(c) }, { kind: 'jobs' }];

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
  const version = shaSchema.safeParse(c.req.query('commit'));
  const q = (c.req.query('q') ?? '').trim();
  return {
    tree: {
      project: project(c),
      prefix: parsePrefix(selected === undefined ? path : (within ?? fallback)),
      ...(q === '' ? {} : { q }),
      sort: parseSort(c.req.query('sort')),
      open: parseOpen(c.req.queries('open') ?? []),
      ...parseSpan(c.req.query('cursor')),
    },
    selected,
    ...(version.success && { commit: version.data }),
  };
}

async function load(c: Context<AppEnv>) {
  const { tree, selected, commit } = addressed(c);
  const { queries } = c.get('services');
  const [loaded, detail, jobs, pins] = await Promise.all([
    tree.q === undefined ? loadTree(queries, tree) : loadFound(queries, tree, tree.q),
    detailPart(c.get('services'), tree, selected, commit),
    jobsToTell(queries, tree.project),
    queries.pins(tree.project),
  ]);
  if (!loaded) throw new NotFoundError(`There is no project ${tree.project}.`);
  const trouble = troublePart(queries);
  const head = block(
    'files-head',
    <FilesHead tree={tree} page={loaded.page} jobs={jobs} title={titleOf(tree, selected)} />,
  );
  const isPinned = (path: RelPath) => pins.some((pin) => pin.path === path || isUnder(path, pin.path));
  const lines = treeRows(tree, loaded.lines, selected, jobAt(jobs), isPinned);
  const rows: List = { kind: 'list', tag: 'tbody', id: 'file-rows', rows: lines, news: newsPart };
  const foot = block('files-foot', <FilesFoot tree={tree} page={loaded.page} />);
  const way = block('crumbs', <Breadcrumb tenant={c.get('services').tenant} crumbs={crumbs(tree)} />);
  const columns = columnsPart(tree);
  const news = newsPart(0);
  const all: readonly Part[] = [trouble, way, head, columns, rows, foot, detail];
  return { tree, selected, parts: { trouble, head, news, columns, rows, foot, detail }, all };
}

/** More changed at once than a reader could follow: the rows wait until the reader wants them. */
function newsPart(changes: number): Block {
  return block(
    'files-news',
    <div id="files-news" role="status">
      {changes === 0 ? null : (
        <p class="notice">
          <Icon name="info" />
          <span>
            <strong class="num">{plural(changes, 'change')}</strong> since this was shown.
          </span>
          <button type="button" class="button" data-act="refresh">
            Refresh
          </button>
        </p>
      )}
    </div>,
  );
}

function crumbs(tree: TreeState): Crumb[] {
  const at = (prefix: RelPath | '') => filesUrl({ project: tree.project, prefix, sort: tree.sort, open: [] });
  const found: Crumb[] = [{ text: tree.project, href: at('') }];
  if (tree.q !== undefined) return [...found, { text: 'Search' }];
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
  const last = baseName(selected ?? (tree.q === undefined ? tree.prefix : ''));
  if (last === '' && tree.q !== undefined) return `Search in ${tree.project}`;
  return last === '' ? tree.project : `${visible(last)} in ${tree.project}`;
}

/** What was typed and sent: a file's whole path opens it, a directory's opens that, and anything else is searched for. */
async function goTo(c: Context<AppEnv>): Promise<Response> {
  const text = (c.req.query('q') ?? '').trim();
  const { queries } = c.get('services');
  const path = relPathSchema.safeParse(text.replace(/^\/+|\/+$/g, ''));
  if (path.success && (await queries.file(project(c), path.data))) {
    return c.redirect(plainFileUrl(project(c), path.data), 303);
  }
  const isDirectory =
    path.success && ((await queries.files(project(c), { prefix: path.data, limit: 1 }))?.rows.length ?? 0) > 0;
  const state = isDirectory ? { prefix: path.data } : { prefix: '' as const, q: text };
  return c.redirect(filesUrl({ project: project(c), open: [], ...state }), 303);
}
