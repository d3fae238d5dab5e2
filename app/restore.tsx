// Brings a project, a directory or a file back to what it was at a commit: the page says first what would change, in counts and
// bytes, what has to come from cold, and what is not kept; only that plan is then carried out, by a job.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, type Sha, shaSchema } from '../core/model/ids.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { KindChip } from './changes.tsx';
import { ActorName, shortSha } from './commit-parts.tsx';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { RestoreView } from './history-view.ts';
import { toJob } from './job-actions.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { type Block, block, markOf, partHtml } from './parts.ts';
import { projectIn } from './project-manage.tsx';
import { answerForm } from './said.tsx';
import { type Fields, fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { troublePart } from './trouble.tsx';
import { commitUrl, historyUrl, projectUrl, restoreUrl } from './url.ts';

export const restoreRoutes = new Hono<AppEnv>()
  .get('/p/:project/restore', page)
  .get('/p/:project/restore/live', (c) =>
    live(c, [{ kind: 'project', project: projectIn(c) }], async () => (await load(c)).all),
  )
  .post('/p/:project/restore', async (c) => {
    const project = projectIn(c);
    const field = await fieldsIn(c);
    const { to, path } = scopeIn(field);
    const plan = shaSchema.safeParse(field('plan'));
    if (to === undefined || !plan.success) return answerForm(c, historyUrl(project), 'invalid');
    const actor = actorOf(c);
    const task = { kind: 'restore', project, to, plan: plan.data, ...(path !== '' && { prefix: path }) } as const;
    const outcome = await c.get('services').jobCommands.start(actor, task, { dryRun: false });
    return toJob(c, outcome.kind === 'no-project' ? '/projects' : restoreUrl(project, to, path), outcome);
  });

function scopeIn(field: Fields): { readonly to: Sha | undefined; readonly path: RelPath | '' } {
  const to = shaSchema.safeParse(field('to'));
  const typed = (field('path') ?? '').replace(/^\/+|\/+$/g, '');
  const path = relPathSchema.safeParse(typed);
  // A path that is none must not become the whole project.
  if (typed !== '' && !path.success) return { to: undefined, path: '' };
  return { to: to.success ? to.data : undefined, path: path.success ? path.data : '' };
}

async function load(c: Context<AppEnv>) {
  const project = projectIn(c);
  const { to, path } = scopeIn((name) => c.req.query(name));
  if (to === undefined) throw new NotFoundError('This address does not say what to restore: choose it in the history.');
  const { history, queries } = c.get('services');
  const plan = await history.restorePlan(project, to, path);
  if (plan.kind === 'no-commit') throw new NotFoundError(`${project} has no such commit.`);
  const body: Block = block(
    'restore',
    <div id="restore">
      {plan.kind === 'not-kept' ? (
        <NotKeptWord project={project} />
      ) : (
        <PlanView project={project} path={path} plan={plan} />
      )}
    </div>,
  );
  const trouble = troublePart(queries);
  return { project, to, path, body, trouble, all: [trouble, body] };
}

async function page(c: Context<AppEnv>): Promise<Response> {
  const { project, to, path, body, trouble, all } = await load(c);
  const what = path === '' ? project : path;
  return sendPage(c, {
    title: `Restore ${visible(what)}`,
    section: 'files',
    crumbs: [
      { text: project, href: projectUrl(project) },
      { text: 'History', href: historyUrl(project) },
      { text: shortSha(to), href: commitUrl(project, to) },
      { text: 'Restore' },
    ],
    live: { mark: markOf(all) },
    trouble: partHtml(trouble),
    view: (
      <>
        <header class="head">
          <h1>
            Restore{' '}
            <span class="mono">
              <VisibleText value={what} />
            </span>
          </h1>
        </header>
        {partHtml(body)}
      </>
    ),
  });
}

function NotKeptWord({ project }: { project: ProjectName }) {
  return (
    <EmptyState icon="archive-x" title="Not kept any more">
      <p>The project’s retention policy has let go of what it held at that commit, so it cannot come back from here.</p>
      <p>
        <a class="button" href={historyUrl(project)}>
          Choose a newer commit
        </a>
      </p>
    </EmptyState>
  );
}

interface PlanProps {
  readonly project: ProjectName;
  readonly path: RelPath | '';
  readonly plan: RestoreView;
}

function PlanView({ project, path, plan }: PlanProps) {
  const { to, listed } = plan;
  const count = countOf(plan);
  return (
    <>
      <p class="restore-to">
        {path === '' ? 'The whole project becomes' : 'It becomes'} again what it was at commit{' '}
        <a class="mono" href={commitUrl(project, to.sha)}>
          {shortSha(to.sha)}
        </a>
        , <When at={to.at} />, by <ActorName actor={to.actor} />.
      </p>
      {count === 0 ? (
        <EmptyState icon="circle-check" title="It is so already">
          <p>Nothing differs from that commit, so there is nothing to restore.</p>
        </EmptyState>
      ) : (
        <>
          <Confirm project={project} path={path} plan={plan} />
          <section class="panel" aria-labelledby="plan-title">
            <h2 id="plan-title">
              What changes <span class="muted num">{changed(plan)}</span>
            </h2>
            <ul class="job-items restore-paths">
              {listed.map((one) => (
                <li>
                  <KindChip kind={one.kind} />
                  <code>
                    <VisibleText value={one.path} />
                  </code>
                  <span class="num">{one.sizeBytes === undefined ? '' : formatBytes(one.sizeBytes)}</span>
                </li>
              ))}
              {plan.isMore ? (
                <li class="muted">and others</li>
              ) : count > listed.length ? (
                <li class="muted">and {plural(count - listed.length, 'more', 'more')}</li>
              ) : null}
            </ul>
          </section>
        </>
      )}
    </>
  );
}

const countOf = ({ added, updated, removed }: RestoreView): number => added + updated + removed;

const changed = (plan: RestoreView): string => `${plan.isMore ? 'more than ' : ''}${plural(countOf(plan), 'path')}`;

function Confirm({ project, path, plan }: PlanProps) {
  const { to, digest, added, updated, removed, putBytes, goneBytes, onlyCold, lost, isPartlyLooked, isMore } = plan;
  const isDeletion = added + updated === 0 && !isMore;
  const words = [
    added > 0 ? `${plural(added, 'path')} come${added === 1 ? 's' : ''} back` : '',
    updated > 0
      ? `${plural(updated, 'path')} become${updated === 1 ? 's' : ''} what ${updated === 1 ? 'it was' : 'they were'}`
      : '',
    removed > 0 ? `${plural(removed, 'path')} ${removed === 1 ? 'is' : 'are'} deleted` : '',
  ].filter((word) => word !== '');
  const isMixed = !isDeletion && removed > 0;
  const sizes = isMixed
    ? `${formatBytes(putBytes)} come, ${formatBytes(goneBytes)} go`
    : formatBytes(isDeletion ? goneBytes : putBytes);
  if (lost.length > 0) return <Lost project={project} lost={lost} />;
  return (
    <form method="post" action={`/p/${project}/restore`} class="job-confirm">
      <input type="hidden" name="to" value={to.sha} />
      <input type="hidden" name="path" value={path} />
      <input type="hidden" name="plan" value={digest} />
      <p>
        <strong>
          {isMore ? `More than ${plural(countOf(plan), 'path')} change. Of the first of them, ` : ''}
          {words.join(', ')}; {sizes}.
        </strong>{' '}
        It is a new commit: what is there now stays in the history, and nodes follow by themselves.
      </p>
      {onlyCold.files > 0 ? (
        <p>
          {plural(onlyCold.files, 'file')}, {formatBytes(onlyCold.bytes)}, {onlyCold.files === 1 ? 'is' : 'are'} only in
          cold, and {onlyCold.files === 1 ? 'comes' : 'come'} back to hot first.
        </p>
      ) : null}
      {isPartlyLooked ? (
        <p class="muted">Whether all bytes are still kept is looked at when it is done; if not, nothing changes.</p>
      ) : null}
      <p class="pane-actions">
        <button type="submit" class={`button ${removed > 0 || isMore ? 'button-danger' : 'button-primary'}`}>
          <Icon name={isDeletion ? 'trash-2' : 'undo-2'} />
          {isDeletion ? 'Delete' : 'Restore'} {changed(plan)}
        </button>
        <a class="button button-quiet" href={historyUrl(project)}>
          Cancel
        </a>
      </p>
    </form>
  );
}

function Lost({ project, lost }: { project: ProjectName; lost: readonly RelPath[] }) {
  return (
    <div class="notice notice-bad">
      <Icon name="triangle-alert" />
      <div>
        <p>
          <strong>It cannot be restored whole:</strong> the bytes of these are in no tier any more. Restore a newer
          commit, or single paths.
        </p>
        <ul class="job-items">
          {lost.map((path) => (
            <li>
              <a class="mono" href={historyUrl(project, { path })}>
                <VisibleText value={path} />
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
