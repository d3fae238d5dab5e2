// Files: a project's tree, one directory at a time, folders expandable in place, and a pane with the detail of one file.
// `/files` and `/file` are the same screen; the second has a file open.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { SearchField } from '../components/search-field.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { type ProjectName, projectNameSchema, type Sha, shaSchema } from '../core/model/ids.ts';
import { type Job, partsOf } from '../core/model/job.ts';
import { baseName, isUnder, parentOf, parseRelPath, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv, Queries, Topic } from './context.ts';
import { downloadRoutes } from './download.ts';
import { NotFoundError } from './error-page.tsx';
import { detailPart } from './file-detail.tsx';
import { KIND_WORDS } from './job-parts.tsx';
import { lastProjectOf, ProjectSwitcher } from './last-project.tsx';
import { Breadcrumb, type Crumb } from './layout.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { type Block, block, type List, markOf, type Part, partHtml } from './parts.ts';
import { worstFirst } from './projects.tsx';
import { saidHtml, saidIn } from './said.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { ShareButton } from './share-button.tsx';
import { type JobAt, treeRows } from './tree.tsx';
import { type Found, loadFound, loadTree, type Tree } from './tree-pages.ts';
import { parseOpen, parseSpan } from './tree-state.ts';
import { troublePart } from './trouble.tsx';
import { filesUrl, historyUrl, jobUrl, manageUrl, plainFileUrl, type TreeState } from './url.ts';

export const fileRoutes = new Hono<AppEnv>()
  .get('/files', async (c) => {
    const projects = await c.get('services').queries.projects();
    const [worst] = worstFirst(projects);
    const last = lastProjectOf(c);
    const first = projects.find(({ name }) => name === last) ?? worst;
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
          <ShareButton project={tree.project} path={tree.prefix} isQuiet />
          <a class="button button-quiet" href={manageUrl(tree.project)}>
            <Icon name="layers" />
            Manage
          </a>
          <Search tree={tree} />
        </header>
        {saidHtml(saidIn(c))}
        {partHtml(parts.news)}
        <div class="split">
          <div class="split-main">
            <table
              id="files"
              class="grid"
              // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: WAI-ARIA names a table as the element of a treegrid
              role="treegrid"
              aria-label={`Files of ${tree.project}`}
              aria-rowcount={-1}
              aria-multiselectable="true"
            >
              <thead>
                <tr>
                  <th scope="col" class="cell-check">
                    <input type="checkbox" id="select-page" class="js-only" aria-label="Select all rows shown" />
                  </th>
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
  const head = block('files-head', <Head tree={tree} page={loaded.page} jobs={jobs} title={titleOf(tree, selected)} />);
  const isPinned = (path: RelPath) => pins.some((pin) => pin.path === path || isUnder(path, pin.path));
  const lines = treeRows(tree, loaded.lines, selected, jobAt(jobs), isPinned);
  const rows: List = { kind: 'list', tag: 'tbody', id: 'file-rows', rows: lines, news: newsPart };
  const foot = block('files-foot', <Foot tree={tree} page={loaded.page} />);
  const way = block('crumbs', <Breadcrumb tenant={c.get('services').tenant} crumbs={crumbs(tree)} />);
  const news = newsPart(0);
  const all: readonly Part[] = [trouble, way, head, rows, foot, detail];
  return { tree, selected, parts: { trouble, head, news, rows, foot, detail }, all };
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

/** Jobs that are not over; and those that failed lately, so that nobody has to look for the reason. */
async function jobsToTell(queries: Queries, name: ProjectName): Promise<readonly Job[]> {
  const pages = await Promise.all(
    (['queued', 'running', 'failed'] as const).map((state) =>
      queries.jobs({ project: name, state, limit: JOBS_LOOKED_AT }),
    ),
  );
  const lately = queries.now() - FAILED_LATELY_MS;
  return pages
    .flatMap(({ jobs }) => jobs.map(({ job }) => job))
    .filter(({ dry_run: isDry, ended, retried }) => !isDry && (!ended || (Date.parse(ended) > lately && !retried)));
}

const JOBS_LOOKED_AT = 20;
const FAILED_LATELY_MS = 600_000;

/** Of a job on the whole project the head says it, not each of its rows; of one that failed only the row that was selected. */
const jobAt =
  (jobs: readonly Job[]): JobAt =>
  (path) =>
    jobs.find((job) =>
      partsOf(job.task)?.some((part) => part === path || (job.state !== 'failed' && isUnder(path, part))),
    );

function crumbs(tree: TreeState): Crumb[] {
  const at = (prefix: RelPath | '') => filesUrl({ project: tree.project, prefix, open: [] });
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

interface HeadProps {
  readonly tree: TreeState;
  readonly page: (Tree | Found)['page'];
  readonly jobs: readonly Job[];
  readonly title: string;
}

/** The script gives the window this title when the screen changes without a reload. */
function Head({ tree, page, jobs, title }: HeadProps) {
  return (
    <div class="head-words" id="files-head" data-title={title}>
      <h1 class={tree.prefix === '' || tree.q !== undefined ? undefined : 'mono'}>
        {tree.q === undefined ? (
          <VisibleText value={tree.prefix === '' ? tree.project : baseName(tree.prefix)} />
        ) : (
          'Search'
        )}
      </h1>
      <p class="muted num">
        {'files' in page ? (
          `${plural(page.files, 'file')} · ${formatBytes(page.bytes)}`
        ) : (
          <Matches page={page} tree={tree} />
        )}
      </p>
      {jobs.map((job) => (
        <JobNow job={job} />
      ))}
    </div>
  );
}

/** What the rows cannot say: that all of the project is worked on, or why something was not done. */
function JobNow({ job: { id, task, state, sentence } }: { job: Job }) {
  if (state === 'failed') {
    return (
      <a class="chip chip-bad" href={jobUrl(id)} title={visible(sentence)}>
        <Icon name="triangle-alert" />
        {KIND_WORDS[task.kind]} failed
      </a>
    );
  }
  if (partsOf(task) !== undefined) return null;
  return (
    <a class="chip chip-busy" href={jobUrl(id)}>
      <Icon name="refresh-cw" />
      {KIND_WORDS[task.kind]} is under way
    </a>
  );
}

function Matches({ page, tree }: { page: Found['page']; tree: TreeState }) {
  const isAll = page.next === undefined && tree.cursor === undefined;
  return (
    <>
      {isAll ? plural(page.rows.length, 'file') : 'Many files'} {isAll && page.rows.length === 1 ? 'matches' : 'match'}{' '}
      <VisibleText value={tree.q ?? ''} />
      {' · '}
      <a href={filesUrl({ project: tree.project, prefix: '', open: [] })} data-soft="" data-clear="">
        Clear
      </a>
    </>
  );
}

/** Stands outside of what is patched: a patch would take away what is being typed. */
function Search({ tree }: { tree: TreeState }) {
  return (
    <form
      method="get"
      action={`/p/${tree.project}/go`}
      class="search"
      data-search-in={filesUrl({ project: tree.project, prefix: '', open: [] })}
    >
      <SearchField name="q" label="Search all files" value={tree.q} />
    </form>
  );
}

function Foot({ tree, page }: { tree: TreeState; page: (Tree | Found)['page'] }) {
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
        <a class="button" href={filesUrl({ project: tree.project, prefix: '', open: [] })} data-soft="" data-clear="">
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
