// Jobs: what the servers do with the tiers, newest first, live; filtered by state, kind and project. The address says the
// filter and the page.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { Pager } from '../components/pager.tsx';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import { type JobKind, type JobState, jobStates } from '../core/model/job.ts';
import type { AppEnv } from './context.ts';
import { archiveLagPart, deadLettersPart } from './dead-letters.tsx';
import { jobLive, jobPage } from './job-detail.tsx';
import { JobLine, jobKinds, KIND_WORDS, STATE_WORDS } from './job-parts.tsx';
import { AllStartForm } from './job-start.tsx';
import type { JobsPage, JobView } from './job-view.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { saidHtml, saidIn } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { jobsUrl } from './url.ts';

const SHOWN = 50;
const LETTERS_SHOWN = 20;

export const jobRoutes = new Hono<AppEnv>()
  .get('/jobs', page)
  .get('/jobs/live', (c) => live(c, [{ kind: 'jobs' }], async () => (await load(c)).all))
  .get('/jobs/:id', (c) => jobPage(c, c.req.param('id')))
  .get('/jobs/:id/live', (c) => jobLive(c, c.req.param('id')));

async function page(c: Context<AppEnv>): Promise<Response> {
  const parts = await load(c);
  const projects = (await c.get('services').queries.projects()).map(({ name }) => name).sort();
  const filter = asked(c);
  return sendPage(c, {
    title: 'Jobs',
    section: 'jobs',
    crumbs: [{ text: 'Jobs' }],
    live: { mark: markOf(parts.all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <div class="head-words">
            <h1>Jobs</h1>
          </div>
          <Filters filter={filter} projects={projects} />
        </header>
        {saidHtml(saidIn(c))}
        {partHtml(parts.lag)}
        <AllStartForm />
        {partHtml(parts.dead)}
        <h2 class="unseen">Newest first</h2>
        {partHtml(parts.list)}
        {partHtml(parts.foot)}
      </>
    ),
  });
}

interface Filter {
  readonly state: JobState | undefined;
  readonly kind: JobKind | undefined;
  readonly project: ProjectName | undefined;
  readonly before: string | undefined;
}

/** What is no filter filters nothing. */
function asked(c: Context<AppEnv>): Filter {
  const { state, kind, project, before } = c.req.query();
  const named = projectNameSchema.safeParse(project);
  return {
    state: jobStates.find((one) => one === state),
    kind: jobKinds.find((one) => one === kind),
    project: named.success ? named.data : undefined,
    before: before || undefined,
  };
}

async function load(c: Context<AppEnv>) {
  const { queries } = c.get('services');
  const filter = asked(c);
  const [found, letters] = await Promise.all([
    queries.jobs({ ...filter, limit: SHOWN }),
    queries.deadLetters(LETTERS_SHOWN),
  ]);
  const trouble = troublePart(queries);
  const lag = archiveLagPart(queries.archiveLag());
  const dead = deadLettersPart(letters.letters, letters.count);
  const list = jobList(found.jobs);
  const foot = block('jobs-foot', <Foot filter={filter} found={found} />);
  const all: readonly Part[] = [trouble, lag, dead, list, foot];
  return { trouble, lag, dead, list, foot, all };
}

export const jobList = (jobs: readonly JobView[]): List => ({
  kind: 'list',
  tag: 'div',
  id: 'jobs',
  rows: jobs.map((view) => listRow(`job-${view.job.id}`, <JobLine view={view} />)),
});

function Filters({ filter, projects }: { filter: Filter; projects: readonly ProjectName[] }) {
  return (
    <form method="get" action="/jobs" class="filter-form filters">
      <Choice
        name="state"
        all="Any state"
        value={filter.state}
        options={jobStates.map((one) => [one, STATE_WORDS[one]])}
      />
      <Choice name="kind" all="Any kind" value={filter.kind} options={jobKinds.map((one) => [one, KIND_WORDS[one]])} />
      <Choice name="project" all="Any project" value={filter.project} options={projects.map((one) => [one, one])} />
      <button type="submit" class="button">
        Filter
      </button>
    </form>
  );
}

function Choice(props: {
  readonly name: string;
  readonly all: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [value: string, word: string])[];
}) {
  const { name, all, value, options } = props;
  return (
    <select name={name} aria-label={all}>
      <option value="">{all}</option>
      {options.map(([one, word]) => (
        <option value={one} selected={one === value}>
          {word}
        </option>
      ))}
    </select>
  );
}

function Foot({ filter, found }: { filter: Filter; found: JobsPage }) {
  const isFiltered = filter.state !== undefined || filter.kind !== undefined || filter.project !== undefined;
  return (
    <div id="jobs-foot">
      {found.jobs.length > 0 ? null : isFiltered || filter.before !== undefined ? (
        <EmptyState icon="search" title="No job matches">
          <p>
            <a class="button" href="/jobs">
              Show all jobs
            </a>
          </p>
        </EmptyState>
      ) : (
        <EmptyState icon="layers" title="No jobs yet">
          <p>
            Jobs archive, evict, promote and repair. Start one from a project’s page; some come by themselves once a
            day.
          </p>
          <p>
            <a class="button" href="/projects">
              Choose a project
            </a>
          </p>
        </EmptyState>
      )}
      <Pager
        first={filter.before === undefined ? undefined : jobsUrl({ ...filter, before: undefined })}
        next={found.next === undefined ? undefined : jobsUrl({ ...filter, before: found.next })}
      />
    </div>
  );
}
