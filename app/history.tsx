// History: a project's commits, newest first, live; or those that changed one path. Two of them are compared, and each can be
// opened and restored from. The address says the path and the page.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatBytes, formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { Pager } from '../components/pager.tsx';
import { SearchField } from '../components/search-field.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type Difference, pathOf } from '../core/history/diff-page.ts';
import type { CommitCounts } from '../core/model/commit.ts';
import { type ProjectName, type Sha, shaSchema } from '../core/model/ids.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { commitRoutes } from './commit.tsx';
import { ActorName, Counts, shortSha } from './commit-parts.tsx';
import type { AppEnv, AppServices } from './context.ts';
import { diffRoutes } from './diff.tsx';
import { NotFoundError } from './error-page.tsx';
import type { CommitView, VersionView } from './history-view.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { ProjectLinks } from './project-links.tsx';
import { projectIn } from './project-manage.tsx';
import { restoreRoutes } from './restore.tsx';
import { saidHtml, saidIn } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { commitUrl, historyUrl, projectUrl, restoreUrl } from './url.ts';

const SHOWN = 50;

export const historyRoutes = new Hono<AppEnv>()
  .get('/p/:project/history', page)
  .get('/p/:project/history/live', (c) =>
    live(c, [{ kind: 'project', project: projectIn(c) }], async () => (await load(c)).all),
  )
  .route('/', commitRoutes)
  .route('/', diffRoutes)
  .route('/', restoreRoutes);

interface Asked {
  readonly project: ProjectName;
  readonly path: RelPath | undefined;
  readonly from: Sha | undefined;
}

function asked(c: Context<AppEnv>): Asked {
  const { path: typed, from } = c.req.query();
  const path = relPathSchema.safeParse((typed ?? '').replace(/^\/+|\/+$/g, ''));
  if (typed && !path.success) throw new NotFoundError('This address holds no path of a project.');
  const sha = shaSchema.safeParse(from);
  if (from && !sha.success) throw new NotFoundError('This address holds no commit: open the history from its start.');
  return {
    project: projectIn(c),
    path: path.success ? path.data : undefined,
    from: sha.success ? sha.data : undefined,
  };
}

/** A commit of the list, and what it made of the path where the list is of one. */
interface Line {
  readonly commit: CommitView;
  readonly first: Difference | undefined;
  readonly made: VersionView['made'] | undefined;
}

/** A path that is no file (any more, as far as was looked) is looked at as a directory. */
async function find(
  { history }: AppServices,
  { project, path, from }: Asked,
): Promise<{ readonly lines: readonly Line[]; readonly next: Sha | undefined } | undefined> {
  const range = { ...(from && { from }), limit: SHOWN };
  const versions = path && (await history.versions(project, path, range));
  if (versions && versions.versions.length > 0) {
    return { lines: versions.versions.map((one) => ({ ...one, first: undefined })), next: versions.next };
  }
  const found = await history.commits(project, { ...range, ...(path !== undefined && { under: path }) });
  return (
    found && {
      lines: found.commits.map((commit) => ({ commit, first: commit.first, made: undefined })),
      next: found.next,
    }
  );
}

async function load(c: Context<AppEnv>) {
  const at = asked(c);
  const services = c.get('services');
  const found = await find(services, at);
  if (!found) throw new NotFoundError(`There is no project ${at.project}, or it has no such commit.`);
  const { lines } = found;
  const rows: List = {
    kind: 'list',
    tag: 'tbody',
    id: 'commits',
    rows: lines.map((line, n) => {
      const id = `c-${line.commit.sha.slice(0, 16)}`;
      return listRow(id, <CommitRow id={id} at={at} line={line} stop={n === 0} />);
    }),
  };
  const foot = block('history-foot', <Foot at={at} count={lines.length} next={found.next} />);
  const trouble = troublePart(services.queries);
  const all: readonly Part[] = [trouble, rows, foot];
  // What becomes of a file can be compared line by line.
  const isFile = lines[0]?.made !== undefined;
  return { at, lines, isFile, rows, foot, trouble, all };
}

async function page(c: Context<AppEnv>): Promise<Response> {
  const { at, lines, isFile, rows, foot, trouble, all } = await load(c);
  const { project, path } = at;
  return sendPage(c, {
    title: path === undefined ? `History of ${project}` : `History of ${visible(path)} in ${project}`,
    section: 'files',
    crumbs: [
      { text: project, href: projectUrl(project) },
      { text: 'History', href: historyUrl(project) },
      ...(path === undefined ? [] : [{ text: path }]),
    ],
    live: { mark: markOf(all) },
    trouble: partHtml(trouble),
    view: (
      <>
        <header class="head">
          <div class="head-words">
            <h1>History</h1>
            <p class="muted">
              {path === undefined ? (
                `Every commit of ${project}`
              ) : (
                <>
                  Commits that changed{' '}
                  <code class="breakable">
                    <VisibleText value={path} />
                  </code>
                </>
              )}
            </p>
          </div>
          <ProjectLinks name={project} here="history" />
          <button type="submit" form="compare" class="button" title="Choose two commits below: from and to">
            <Icon name="arrow-left-right" />
            Compare
          </button>
          <form method="get" action={historyUrl(project)} class="search">
            <SearchField name="path" label="History of a path" value={path} />
          </form>
        </header>
        {saidHtml(saidIn(c))}
        <form method="get" action={`/p/${project}/diff`} id="compare">
          {isFile ? <input type="hidden" name="path" value={path} /> : null}
          <table class="grid" id="history-table" aria-label={`Commits of ${project}`}>
            <thead>
              <tr>
                <th scope="col" class="cell-pick">
                  From
                </th>
                <th scope="col" class="cell-pick">
                  To
                </th>
                <th scope="col" class="cell-date">
                  When
                </th>
                <th scope="col" class="cell-by">
                  By
                </th>
                <th scope="col">Commit</th>
                <th scope="col" class="cell-counts">
                  {isFile ? 'Became' : 'Changes'}
                </th>
                <th scope="col" class="cell-files">
                  Files
                </th>
                <th scope="col" class="cell-size">
                  Total
                </th>
                <th scope="col" class="cell-restore">
                  <span class="unseen">Restore</span>
                </th>
              </tr>
            </thead>
            {partHtml(withNewestChosen(rows, at, lines))}
          </table>
          {partHtml(foot)}
        </form>
      </>
    ),
  });
}

/** The newest commit against the one before it, as the page opens. Patches choose nothing: they would undo what a person chose. */
function withNewestChosen(rows: List, at: Asked, lines: readonly Line[]): List {
  const [to, from] = lines.flatMap(({ commit }, n) => (commit.isKept ? [n] : []));
  if (to === undefined || from === undefined) return rows;
  return {
    ...rows,
    rows: rows.rows.map((row, n) => {
      const line = lines[n];
      const chosen = n === to ? 'to' : n === from ? 'from' : undefined;
      return line && chosen
        ? listRow(row.id, <CommitRow id={row.id} at={at} line={line} stop={n === 0} chosen={chosen} />)
        : row;
    }),
  };
}

function CommitRow(props: { id: string; at: Asked; line: Line; stop: boolean; chosen?: 'from' | 'to' }) {
  const { id, at, line, stop, chosen } = props;
  const { commit, first, made } = line;
  const { sha, isKept } = commit;
  const short = shortSha(sha);
  const canRestore = isKept && made?.kind !== 'gone';
  return (
    <tr id={id} data-row="" data-commit={sha} tabindex={stop ? 0 : -1}>
      {(['from', 'to'] as const).map((name) => (
        <td class="cell-pick">
          {isKept ? (
            <label>
              <input
                type="radio"
                name={name}
                value={sha}
                required
                checked={chosen === name}
                aria-label={`Compare ${name} ${short}`}
              />
              <span class="narrow-only" aria-hidden="true">
                {name === 'from' ? 'From' : 'To'}
              </span>
            </label>
          ) : null}
        </td>
      ))}
      <td class="cell-date">
        <When at={commit.at} />
      </td>
      <td class="cell-by">
        <ActorName actor={commit.actor} />
      </td>
      <td class="cell-commit">
        <a class="mono" href={commitUrl(at.project, sha)} data-open="" tabindex={-1}>
          {short}
        </a>
        {commit.message === undefined ? null : (
          <span class="commit-about">
            <VisibleText value={commit.message} />
          </span>
        )}
        {first === undefined ? null : (
          <About first={first} counts={at.path === undefined ? commit.counts : undefined} />
        )}
        {isKept ? null : (
          <span class="muted" title="The retention policy has let go of what the project held then">
            content not kept
          </span>
        )}
      </td>
      <td class="cell-counts">{made === undefined ? <Counts counts={commit.counts} /> : <Made made={made} />}</td>
      <td class="cell-files num">{formatCount(commit.files)}</td>
      <td class="cell-size num">{formatBytes(commit.bytes)}</td>
      <td class="cell-restore">
        {canRestore ? (
          <a
            class="icon-button"
            href={restoreUrl(at.project, sha, at.path)}
            aria-label={`Restore ${short}…`}
            title="Restore…"
          >
            <Icon name="undo-2" />
          </a>
        ) : null}
      </td>
    </tr>
  );
}

/** The first path that it changed, and how many more. @param props.counts  absent: it is not known how many there */
function About({ first, counts }: { first: Difference; counts: CommitCounts | undefined }) {
  const more = counts ? counts.added + counts.updated + counts.deleted + counts.moved - 1 : 0;
  return (
    <span class="commit-about muted">
      <span class="mono">
        <VisibleText value={pathOf(first)} />
      </span>
      {more > 0 ? ` and ${formatCount(more)} more` : ''}
    </span>
  );
}

function Made({ made }: { made: VersionView['made'] }) {
  if (made.kind === 'file') return <span class="num">{formatBytes(made.sizeBytes)}</span>;
  return made.kind === 'gone' ? <span class="cat-remove">deleted</span> : <span class="muted">directory</span>;
}

function Foot({ at, count, next }: { at: Asked; count: number; next: Sha | undefined }) {
  const { project, path, from } = at;
  return (
    <footer id="history-foot" class="foot">
      {count > 0 ? null : path !== undefined && next === undefined ? (
        <EmptyState icon="search" title="No commit changed this path">
          <p>
            <code>
              <VisibleText value={path} />
            </code>{' '}
            was never a file or a directory of {project} in what is kept.
          </p>
          <p>
            <a class="button" href={historyUrl(project)}>
              All commits of {project}
            </a>
          </p>
        </EmptyState>
      ) : (
        <EmptyState icon="history" title="Nothing in this stretch">
          <p>No commit of this stretch of the history changed the path. Look further back.</p>
        </EmptyState>
      )}
      <Pager
        first={from === undefined ? undefined : historyUrl(project, path === undefined ? {} : { path })}
        next={next === undefined ? undefined : historyUrl(project, { ...(path !== undefined && { path }), from: next })}
      />
    </footer>
  );
}
