// A project's own page: how it stands, what is done with its storage, what is pinned, its newest jobs, its name and its end.
// What is typed stands outside of the parts that are patched.
import { type Context, Hono } from 'hono';
import { Chip } from '../components/chip.tsx';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { StateDot } from '../components/node-state.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { emptyStart, type FilledStart, projectStartPart } from './job-start.tsx';
import { jobList } from './jobs.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, markOf, type Part, partHtml } from './parts.ts';
import { emptyPinForm, type FilledPin, PinList, pinFormPart } from './pins.tsx';
import { endPart, type FilledEnd, type FilledRename, renamePart } from './project-end.tsx';
import { ProjectLinks } from './project-links.tsx';
import type { ProjectSummary } from './project-view.ts';
import { type Outcome, saidHtml, saidIn } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { jobsUrl, manageUrl, policyUrl, projectUrl, whyUrl } from './url.ts';

const JOBS_SHOWN = 5;

export const manageRoutes = new Hono<AppEnv>()
  .get('/p/:project/manage', (c) => managePage(c))
  .get('/p/:project/manage/live', (c) =>
    live(
      c,
      [{ kind: 'project', project: projectIn(c) }, { kind: 'jobs' }],
      async () => (await load(c, projectIn(c))).all,
    ),
  );

/** Forms that came back with something to correct, on a page without a script. */
export interface RefilledManage {
  readonly outcome: Outcome;
  readonly start?: FilledStart;
  readonly pin?: FilledPin;
  readonly rename?: FilledRename;
  readonly end?: FilledEnd;
}

export function projectIn(c: Context<AppEnv>): ProjectName {
  const name = projectNameSchema.safeParse(c.req.param('project'));
  if (!name.success) throw new NotFoundError('There is no such project.');
  return name.data;
}

export async function managePage(c: Context<AppEnv>, refilled?: RefilledManage): Promise<Response> {
  const name = projectIn(c);
  const { summary, parts, all } = await load(c, name);
  return sendPage(c, {
    title: `Manage ${name}`,
    section: 'projects',
    crumbs: [{ text: name, href: projectUrl(name) }, { text: 'Manage' }],
    live: refilled ? { still: 'not sent' } : { mark: markOf(all) },
    status: refilled ? 422 : 200,
    trouble: partHtml(parts.trouble),
    view: (
      <>
        {partHtml(parts.head)}
        {saidHtml(refilled?.outcome ?? saidIn(c))}
        <div class="node-page">
          <div class="job-main">
            {partHtml(projectStartPart(name, refilled?.start ?? emptyStart))}
            <section class="panel" aria-labelledby="jobs-title">
              <h2 id="jobs-title">Jobs</h2>
              {partHtml(parts.jobs)}
              {partHtml(parts.more)}
            </section>
          </div>
          <aside class="node-side" aria-label={`What is kept of ${name}, and under which name`}>
            <section class="side-card" aria-labelledby="pins-title">
              <h2 id="pins-title">Pinned in hot</h2>
              {partHtml(parts.pins)}
              {partHtml(pinFormPart(name, refilled?.pin ?? emptyPinForm))}
            </section>
            <section class="side-card" aria-labelledby="policy-title">
              <h2 id="policy-title">Policies</h2>
              <p class="muted">Durability, conflicts, eviction, and which versions are kept.</p>
              <a class="button" href={policyUrl(name)}>
                <Icon name="settings" />
                Change policies
              </a>
            </section>
            {partHtml(renamePart(name, refilled?.rename ?? { name: '', fault: undefined }))}
            {partHtml(endPart(summary, refilled?.end ?? { typed: '', fault: undefined }))}
          </aside>
        </div>
      </>
    ),
  });
}

async function load(c: Context<AppEnv>, name: ProjectName) {
  const { queries } = c.get('services');
  const [summary, pins, jobs] = await Promise.all([
    queries.project(name),
    queries.pins(name),
    queries.jobs({ project: name, limit: JOBS_SHOWN }),
  ]);
  if (!summary) throw new NotFoundError(`There is no project ${name} (any more).`);
  const parts = {
    trouble: troublePart(queries),
    head: block('manage-head', <Head summary={summary} />),
    jobs: jobList(jobs.jobs),
    more: block('jobs-more', <More name={name} count={jobs.jobs.length} hasMore={jobs.next !== undefined} />),
    pins: block('pins', <PinList project={name} pins={pins} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { summary, parts, all };
}

function Head({ summary }: { summary: ProjectSummary }) {
  const { name, state, files, bytes, toArchive, compressed, coldSince } = summary;
  return (
    <header class="node-head manage-head" id="manage-head" data-project={name}>
      <div class="head">
        <h1>{name}</h1>
        {coldSince === null ? null : <Chip tone="cold" icon="snowflake" word="Cold" />}
        <p class="muted num">
          {plural(files, 'file')} · {formatBytes(bytes)}
          {toArchive > 0 ? ` · ${plural(toArchive, 'object')} to archive` : ''}
          {compressed
            ? ` · ${formatBytes(compressed.plainBytes)} compressed to ${formatBytes(compressed.storedBytes)} in cold`
            : ''}
        </p>
        <div class="card-links">
          <ProjectLinks name={name} />
          <form id="resync" method="post" action={`/p/${name}/resync`} data-send="">
            <input type="hidden" name="back" value={manageUrl(name)} />
            <button
              type="submit"
              class="button button-quiet"
              title={`The nodes of ${name} compare their directories with it anew`}
            >
              <Icon name="refresh-cw" />
              Resync
            </button>
          </form>
        </div>
      </div>
      <p class={`sentence sentence-${state}`}>
        <StateDot state={state} /> <VisibleText value={summary.sentence} /> <a href={whyUrl(name)}>Why</a>
      </p>
      {coldSince === null ? null : (
        <p class="muted">
          Left hot storage <When at={coldSince} />: promote it, or read a file, and it comes back.
        </p>
      )}
    </header>
  );
}

function More({ name, count, hasMore }: { name: ProjectName; count: number; hasMore: boolean }) {
  return (
    <div id="jobs-more" class="panel-foot">
      {count === 0 ? <p class="muted">No job was asked for on this project yet.</p> : null}
      {hasMore ? <a href={jobsUrl({ project: name })}>All jobs of {name}</a> : null}
      {count === 0 ? null : (
        <p class="muted">
          Jobs on all projects, such as a sweep, are started <a href="/jobs">on Jobs</a>.
        </p>
      )}
    </div>
  );
}
