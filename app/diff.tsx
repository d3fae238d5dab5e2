// What differs between any two commits of a project, a page at a time; with a path in the address, how that file differs: line
// by line where both are texts that are not too large, side by side where they are images.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { Pager } from '../components/pager.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, type Sha, shaSchema } from '../core/model/ids.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { CHANGES_SHOWN, ChangesTable, changeRows, TotalsLine } from './changes.tsx';
import { afterIn } from './commit.tsx';
import { ActorName, shortSha } from './commit-parts.tsx';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { fileDiffPart } from './file-diff.tsx';
import type { CommitView, DiffView, NotKept } from './history-view.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, markOf, type Part, partHtml } from './parts.ts';
import { projectIn } from './project-manage.tsx';
import { troublePart } from './trouble.tsx';
import { commitUrl, diffUrl, historyUrl, projectUrl } from './url.ts';

export const diffRoutes = new Hono<AppEnv>()
  .get('/p/:project/diff', page)
  .get('/p/:project/diff/live', (c) =>
    live(c, [{ kind: 'project', project: projectIn(c) }], async () => (await load(c)).all),
  );

interface Asked {
  readonly project: ProjectName;
  readonly from: Sha;
  readonly to: Sha;
  readonly path: RelPath | undefined;
}

function asked(c: Context<AppEnv>): Asked {
  const project = projectIn(c);
  const [from, to] = [shaSchema.safeParse(c.req.query('from')), shaSchema.safeParse(c.req.query('to'))];
  if (!from.success || !to.success) {
    throw new NotFoundError('This address does not name two commits: choose them in the history.');
  }
  const path = relPathSchema.safeParse(c.req.query('path'));
  return { project, from: from.data, to: to.data, path: path.success ? path.data : undefined };
}

async function load(c: Context<AppEnv>) {
  const at = asked(c);
  const { project, from, to, path } = at;
  const services = c.get('services');
  const after = afterIn(c);
  const [a, b] = await Promise.all([services.history.commit(project, from), services.history.commit(project, to)]);
  if (!a || !b) throw new NotFoundError(`${project} has no such commits: choose two in its history.`);
  const trouble = troublePart(services.queries);
  if (path !== undefined) {
    const head = block('diff-head', <Head at={at} from={a} to={b} diff={undefined} />);
    const file = await fileDiffPart(services, { project, path, from, to });
    return { at, all: [trouble, head, file] as readonly Part[], view: <>{[head, file].map(partHtml)}</>, trouble };
  }
  const found = await services.history.diff(project, { from, to }, { after, limit: CHANGES_SHOWN });
  if ('kind' in found && found.kind === 'no-commit') throw new NotFoundError(`${project} has no such commits.`);
  const diff: DiffView | NotKept = found;
  const head = block('diff-head', <Head at={at} from={a} to={b} diff={diff} />);
  const rows = changeRows(at, 'changes' in diff ? diff.changes : []);
  const foot = block('diff-foot', <Foot at={at} diff={diff} isLater={after !== undefined} />);
  return {
    at,
    trouble,
    all: [trouble, head, rows, foot] as readonly Part[],
    view: (
      <>
        {partHtml(head)}
        <ChangesTable label={`What differs between ${shortSha(from)} and ${shortSha(to)}`}>
          {partHtml(rows)}
        </ChangesTable>
        {partHtml(foot)}
      </>
    ),
  };
}

async function page(c: Context<AppEnv>): Promise<Response> {
  const { at, all, view, trouble } = await load(c);
  const { project, path, from, to } = at;
  const what = `${shortSha(from)} to ${shortSha(to)}`;
  return sendPage(c, {
    title: path === undefined ? `${what} of ${project}` : `${visible(path)}, ${what}`,
    section: 'files',
    crumbs: [
      { text: project, href: projectUrl(project) },
      { text: 'History', href: historyUrl(project) },
      { text: 'Compare', href: diffUrl(project, at) },
      ...(path === undefined ? [] : [{ text: path }]),
    ],
    live: { mark: markOf(all) },
    trouble: partHtml(trouble),
    view,
  });
}

interface HeadProps {
  readonly at: Asked;
  readonly from: CommitView;
  readonly to: CommitView;
  readonly diff: DiffView | NotKept | undefined;
}

function Head({ at, from, to, diff }: HeadProps) {
  const { project, path } = at;
  const other = { from: to.sha, to: from.sha };
  return (
    <header class="node-head" id="diff-head">
      <div class="head">
        <h1 class={path === undefined ? undefined : 'mono'}>
          {path === undefined ? 'Compare' : <VisibleText value={path} />}
        </h1>
        {diff && 'totals' in diff && diff.totals ? <TotalsLine totals={diff.totals} /> : null}
        <p class="card-links">
          <a class="button" href={diffUrl(project, other, path === undefined ? {} : { path })}>
            <Icon name="arrow-left-right" />
            Swap
          </a>
          {path === undefined ? null : (
            <a class="button" href={historyUrl(project, { path })}>
              <Icon name="history" />
              History of this path
            </a>
          )}
        </p>
      </div>
      <div class="diff-ends">
        <End project={project} word="From" commit={from} />
        <Icon name="arrow-right" />
        <End project={project} word="To" commit={to} />
      </div>
    </header>
  );
}

function End({ project, word, commit }: { project: ProjectName; word: string; commit: CommitView }) {
  return (
    <p>
      <span class="muted">{word}</span>
      <a class="mono" href={commitUrl(project, commit.sha)}>
        {shortSha(commit.sha)}
      </a>
      <When at={commit.at} />
      <ActorName actor={commit.actor} />
    </p>
  );
}

function Foot({ at, diff, isLater }: { at: Asked; diff: DiffView | NotKept; isLater: boolean }) {
  if ('kind' in diff) {
    return (
      <footer id="diff-foot" class="foot">
        <EmptyState icon="archive-x" title="Not kept any more">
          <p>
            The project’s retention policy has let go of what one of the two commits held. Who made them, and how much
            they changed, stays on record.
          </p>
        </EmptyState>
      </footer>
    );
  }
  return (
    <footer id="diff-foot" class="foot">
      {diff.changes.length === 0 ? (
        <EmptyState icon="check" title="Nothing differs">
          <p>Both commits hold the same files.</p>
        </EmptyState>
      ) : null}
      {diff.totals === undefined ? (
        <p class="muted">
          They differ in very many paths: these are not counted, and a moved one is shown as deleted and added.
        </p>
      ) : null}
      <Pager
        first={isLater ? diffUrl(at.project, at) : undefined}
        next={diff.next === undefined ? undefined : diffUrl(at.project, at, { after: diff.next })}
        firstWord="First page"
        nextWord="Next page"
      />
    </footer>
  );
}
