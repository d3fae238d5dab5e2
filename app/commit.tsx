// One commit: who made it, when and why, what it changed, path by path, and the way back to it.
import { type Context, Hono } from 'hono';
import { CopyButton } from '../components/copy-button.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { formatBytes, formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { Pager } from '../components/pager.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, shaSchema } from '../core/model/ids.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { CHANGES_SHOWN, ChangesTable, changeRows } from './changes.tsx';
import { ActorName, Counts, shortSha } from './commit-parts.tsx';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { CommitView, DiffView, NoCommit, NotKept } from './history-view.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, markOf, type Part, partHtml } from './parts.ts';
import { projectIn } from './project-manage.tsx';
import { troublePart } from './trouble.tsx';
import { commitUrl, diffUrl, historyUrl, plainFileUrl, projectUrl, restoreUrl } from './url.ts';

export const commitRoutes = new Hono<AppEnv>()
  .get('/p/:project/history/:commit', page)
  .get('/p/:project/history/:commit/live', (c) =>
    live(c, [{ kind: 'project', project: projectIn(c) }], async () => (await load(c)).all),
  );

/** The last path of the page before; what is none begins at the start. */
export function afterIn(c: Context<AppEnv>): RelPath | undefined {
  const path = relPathSchema.safeParse(c.req.query('after'));
  return path.success ? path.data : undefined;
}

async function load(c: Context<AppEnv>) {
  const project = projectIn(c);
  const sha = shaSchema.safeParse(c.req.param('commit'));
  const { history, queries } = c.get('services');
  const commit = sha.success ? await history.commit(project, sha.data) : undefined;
  if (!commit) throw new NotFoundError(`${project} has no such commit.`);
  const after = afterIn(c);
  const { parent } = commit;
  const diff =
    parent === undefined
      ? undefined
      : await history.diff(project, { from: parent, to: commit.sha }, { after, limit: CHANGES_SHOWN });
  const changes = diff && 'changes' in diff ? diff.changes : [];
  const parts = {
    trouble: troublePart(queries),
    head: block('commit-head', <Head project={project} commit={commit} />),
    rows: changeRows({ project, from: parent ?? commit.sha, to: commit.sha }, changes),
    foot: block('commit-foot', <Foot project={project} commit={commit} diff={diff} isLater={after !== undefined} />),
    facts: block('commit-facts', <CommitFacts project={project} commit={commit} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { project, commit, parts, all };
}

async function page(c: Context<AppEnv>): Promise<Response> {
  const { project, commit, parts, all } = await load(c);
  return sendPage(c, {
    title: `Commit ${shortSha(commit.sha)} of ${project}`,
    section: 'files',
    crumbs: [
      { text: project, href: projectUrl(project) },
      { text: 'History', href: historyUrl(project) },
      { text: shortSha(commit.sha) },
    ],
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        {partHtml(parts.head)}
        <div class="node-page">
          <div>
            <ChangesTable label={`Changes of ${shortSha(commit.sha)}`}>{partHtml(parts.rows)}</ChangesTable>
            {partHtml(parts.foot)}
          </div>
          <aside class="node-side" aria-label="Facts of the commit">
            {partHtml(parts.facts)}
          </aside>
        </div>
      </>
    ),
  });
}

function Head({ project, commit }: { project: ProjectName; commit: CommitView }) {
  const { sha, parent, isKept, message, counts } = commit;
  return (
    <header class="node-head" id="commit-head" data-commit={sha}>
      <div class="head">
        <h1>
          Commit <span class="mono">{shortSha(sha)}</span>
        </h1>
        <Counts counts={counts} />
        <p class="card-links">
          {parent === undefined || !isKept ? null : (
            <a class="button" href={diffUrl(project, { from: parent, to: sha })}>
              <Icon name="arrow-left-right" />
              Compare
            </a>
          )}
          {isKept ? (
            <a class="button" href={restoreUrl(project, sha)}>
              <Icon name="undo-2" />
              Restore…
            </a>
          ) : null}
        </p>
      </div>
      {message === undefined ? null : (
        <p class="sentence breakable">
          <VisibleText value={message} />
        </p>
      )}
    </header>
  );
}

interface FootProps {
  readonly project: ProjectName;
  readonly commit: CommitView;
  readonly diff: DiffView | NoCommit | NotKept | undefined;
  readonly isLater: boolean;
}

function Foot({ project, commit, diff, isLater }: FootProps) {
  const next = diff && 'changes' in diff ? diff.next : undefined;
  const isEmpty = diff === undefined || !('changes' in diff) || diff.changes.length === 0;
  return (
    <footer id="commit-foot" class="foot">
      {isEmpty ? <p class="muted">{nothingOf(commit, diff)}</p> : null}
      {diff && 'changes' in diff && diff.totals === undefined ? (
        <p class="muted">It changed very many paths: a moved one is shown as deleted and added.</p>
      ) : null}
      <Pager
        first={isLater ? commitUrl(project, commit.sha) : undefined}
        next={next === undefined ? undefined : commitUrl(project, commit.sha, { after: next })}
        firstWord="First page"
        nextWord="Next page"
      />
    </footer>
  );
}

function nothingOf({ parent, isKept }: CommitView, diff: FootProps['diff']): string {
  if (parent === undefined) return 'The project’s first commit: nothing was before it.';
  if (!isKept)
    return 'What the project held then is not kept any more, by its retention policy. Who made the commit is.';
  if (diff && 'kind' in diff) return 'What the project held before is not kept any more, so it cannot be compared.';
  return 'No path differs from the commit before.';
}

function CommitFacts({ project, commit }: { project: ProjectName; commit: CommitView }) {
  const { sha, parent, actor, at, files, bytes, conflicts, unlistedConflicts } = commit;
  return (
    <div id="commit-facts" class="side-card">
      <Facts>
        <Fact name="When">
          <When at={at} />
        </Fact>
        <Fact name="By">
          <ActorName actor={actor} />
        </Fact>
        <Fact name="Commit">
          <code title={sha}>{shortSha(sha)}</code>
          <CopyButton value={sha} label="Copy commit" />
        </Fact>
        <Fact name="Before">
          {parent === undefined ? (
            <span class="muted">none</span>
          ) : (
            <a class="mono" href={commitUrl(project, parent)}>
              {shortSha(parent)}
            </a>
          )}
        </Fact>
        <Fact name="Project">
          <span class="num">
            {formatCount(files)} {files === 1 ? 'file' : 'files'}, {formatBytes(bytes)}
          </span>
        </Fact>
      </Facts>
      {conflicts.length === 0 ? null : (
        <section aria-labelledby="conflicts-title">
          <h2 id="conflicts-title">{plural(conflicts.length + unlistedConflicts, 'conflict')}</h2>
          <p class="muted">It won over what its author had not seen. The other version is in the commit before.</p>
          <ul class="pane-list">
            {conflicts.slice(0, CONFLICTS_SHOWN).map(({ path, kept }) => (
              <li>
                <a class="mono breakable" href={historyUrl(project, { path })}>
                  <VisibleText value={path} />
                </a>
                {kept === undefined ? null : (
                  <span class="muted">
                    kept as{' '}
                    <a class="mono breakable" href={plainFileUrl(project, kept)}>
                      <VisibleText value={kept} />
                    </a>
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

const CONFLICTS_SHOWN = 20;
