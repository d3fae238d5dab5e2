// One job: how far it is, what failed and why, what a dry run would do, and what came of it. A plan is run from here, after
// its counts and its consequence were read.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { Chip } from '../components/chip.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { formatBytes, formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { retriedObjects } from '../core/job/jobs.ts';
import { type Job, type JobPlan, projectOf } from '../core/model/job.ts';
import { actorText } from './actor-text.ts';
import { lookOfEvent } from './category.ts';
import { shortSha } from './commit-parts.tsx';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { eventText } from './event-text.tsx';
import type { EventRow } from './event-view.ts';
import { JobProgressLine, JobScope, JobStateChip, scopeOf, taskWord } from './job-parts.tsx';
import type { JobView } from './job-view.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, markOf, type Part, partHtml } from './parts.ts';
import { type Outcome, saidIn, saidPart } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { commitUrl, jobUrl, projectUrl, withQuery } from './url.ts';

const EVENTS_SHOWN = 50;

export async function jobPage(c: Context<AppEnv>, id: string): Promise<Response> {
  const { view, parts, all } = await load(c, id);
  const { job } = view;
  return sendPage(c, {
    title: `${taskWord(job.task)} ${visible(scopeOf(job.task))}`,
    section: 'jobs',
    crumbs: [{ text: 'Jobs', href: '/jobs' }, { text: taskWord(job.task) }],
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        {partHtml(parts.head)}
        {partHtml(parts.said)}
        <div class="node-page">
          <div class="job-main">
            {partHtml(parts.next)}
            {partHtml(parts.failures)}
            {partHtml(parts.plan)}
            {partHtml(parts.events)}
          </div>
          <aside class="node-side" aria-label="Facts of the job">
            {partHtml(parts.facts)}
          </aside>
        </div>
      </>
    ),
  });
}

export const jobLive = (c: Context<AppEnv>, id: string): Response =>
  live(c, [{ kind: 'jobs' }, { kind: 'events' }], async () => (await load(c, id)).all);

async function load(c: Context<AppEnv>, id: string) {
  const { queries } = c.get('services');
  const view = await queries.job(id);
  if (!view) throw new NotFoundError('There is no such job (any more).');
  const { rows } = await queries.events({ correlation: id, limit: EVENTS_SHOWN });
  const parts = {
    trouble: troublePart(queries),
    head: block('job-head', <Head view={view} />),
    said: saidPart(saidOf(view.job, saidIn(c))),
    next: block('job-next', <Next job={view.job} />),
    failures: block('job-failures', <Failures job={view.job} />),
    plan: block('job-plan', <Plan job={view.job} />),
    events: block('job-events', <Events rows={rows} />),
    facts: block('job-facts', <JobFacts job={view.job} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { view, parts, all };
}

const OF_WHAT_GOES_ON: ReadonlySet<Outcome | undefined> = new Set<Outcome>([
  'job-asked',
  'job-asked-before',
  'job-stopping',
]);

/** What was said while it was not over is no news any more when it is. */
const saidOf = ({ ended }: Job, said: Outcome | undefined): Outcome | undefined =>
  ended !== undefined && OF_WHAT_GOES_ON.has(said) ? undefined : said;

function Head({ view }: { view: JobView }) {
  const { job } = view;
  return (
    <header class="node-head" id="job-head" data-state={job.state}>
      <div class="head">
        <h1>
          {taskWord(job.task)} <JobScope task={job.task} />
        </h1>
        <JobStateChip job={job} />
        {job.dry_run ? <Chip word="Dry run" title="It only plans, and changes nothing" /> : null}
      </div>
      {job.state === 'running' ? (
        <JobProgressLine view={view} />
      ) : (
        <p class={`sentence ${job.state === 'failed' ? 'sentence-blocked' : ''}`}>
          <VisibleText value={job.sentence} />
        </p>
      )}
    </header>
  );
}

/** What a person can do with it now. */
function Next({ job }: { job: Job }) {
  return <div id="job-next">{nextOf(job)}</div>;
}

function nextOf(job: Job): Child {
  const { id, state } = job;
  if (state === 'queued' || state === 'running') {
    if (job.cancel) return <p class="muted">It was asked to stop, and ends after the step that it is at.</p>;
    return (
      <form method="post" action={`${jobUrl(id)}/cancel`} data-send="">
        <button type="submit" class="button">
          <Icon name="x" />
          Cancel
        </button>
      </form>
    );
  }
  if (state === 'failed' || state === 'cancelled') {
    const isNarrow = retriedObjects(job) !== undefined;
    return (
      <form method="post" action={`${jobUrl(id)}/retry`} class="job-confirm">
        <p>
          {isNarrow
            ? `Only the ${plural(job.failures.count, 'object')} that failed ${job.failures.count === 1 ? 'is' : 'are'} done again.`
            : 'It is done again from its start; what was done is looked at and left as it is.'}
        </p>
        <button type="submit" class="button button-primary">
          <Icon name="refresh-cw" />
          {isNarrow ? 'Retry what failed' : 'Do it again'}
        </button>
      </form>
    );
  }
  if (!job.dry_run) return <Made job={job} />;
  const { word, consequence, isDangerous } = adoptionOf(job);
  if (job.task.kind !== 'deactivate' && (job.plan?.items ?? 0) === 0) {
    return <p class="muted">There is nothing to do, so there is nothing to run.</p>;
  }
  return (
    <form method="post" action={`${jobUrl(id)}/adopt`} class="job-confirm">
      <p>{consequence}</p>
      <button type="submit" class={`button ${isDangerous ? 'button-danger' : 'button-primary'}`}>
        <Icon name={isDangerous ? 'triangle-alert' : 'play'} />
        {word}
      </button>
    </form>
  );
}

/** Where a person sees what it made. */
function Made({ job: { task, commit_sha: commit } }: { job: Job }) {
  const project = projectOf(task);
  if (project === undefined || commit === undefined) return null;
  return (
    <a class="button button-primary" href={commitUrl(project, commit)}>
      <Icon name="history" />
      See commit {shortSha(commit)}
    </a>
  );
}

/** What running a plan does, said with its counts before it is done. */
function adoptionOf({ task, plan }: Job): {
  readonly word: string;
  readonly consequence: string;
  readonly isDangerous: boolean;
} {
  const items = plan?.items ?? 0;
  const size = formatBytes(plan?.bytes ?? 0);
  switch (task.kind) {
    case 'evict':
      return {
        word: `Evict ${plural(items, 'object')}`,
        consequence: `${plural(items, 'object')}, ${size}, leave hot storage. The cold copy of each is proven again before it goes; a read or a promotion brings it back.`,
        isDangerous: true,
      };
    case 'deactivate':
      return {
        word: `Deactivate ${task.project}`,
        consequence: `All of ${task.project} is proven in cold, removed from its nodes, and leaves hot storage. The project stays listed; a promotion, or the first read, brings it back.`,
        isDangerous: true,
      };
    case 'sweep':
      return {
        word: `Sweep ${plural(items, 'object')}`,
        consequence: `${plural(items, 'object')}, ${size}, are deleted for good, from every tier. No kept commit needs them.`,
        isDangerous: true,
      };
    default:
      return {
        word: 'Run it',
        consequence: `${plural(items, 'item')}, ${size}. It is planned anew and each is looked at again, so that what changed since is done as it is now.`,
        isDangerous: false,
      };
  }
}

function Failures({ job: { failures } }: { job: Job }) {
  const more = failures.count - failures.listed.length;
  return (
    <section id="job-failures" class="panel" aria-labelledby="failures-title" hidden={failures.count === 0}>
      <h2 id="failures-title">{plural(failures.count, 'failure')}</h2>
      <ul class="job-items">
        {failures.listed.map(({ item, reason }) => (
          <li>
            <Icon name="circle-alert" class="bad" />
            <code>
              <VisibleText value={item} />
            </code>
            <span>
              <VisibleText value={reason} />
            </span>
          </li>
        ))}
        {more > 0 ? <li class="muted">and {formatCount(more)} more</li> : null}
      </ul>
    </section>
  );
}

function Plan({ job: { plan, dry_run: isDry } }: { job: Job }) {
  return (
    <section id="job-plan" class="panel" aria-labelledby="plan-title" hidden={plan === undefined}>
      {plan === undefined ? null : <PlanRows plan={plan} isDry={isDry} />}
    </section>
  );
}

function PlanRows({ plan, isDry }: { plan: JobPlan; isDry: boolean }) {
  const more = plan.items - plan.listed.length;
  return (
    <>
      <h2 id="plan-title">
        {isDry ? 'What it would do' : 'What it planned'}{' '}
        <span class="muted num">
          {plural(plan.items, 'item')}, {formatBytes(plan.bytes)}
        </span>
      </h2>
      <ul class="job-items job-plan">
        {plan.listed.map(({ item, bytes, reason }) => (
          <li>
            <code>
              <VisibleText value={item} />
            </code>
            <span class="num">{formatBytes(bytes)}</span>
            <span class="muted">
              <VisibleText value={reason} />
            </span>
          </li>
        ))}
        {more > 0 ? <li class="muted">and {formatCount(more)} more</li> : null}
      </ul>
    </>
  );
}

function Events({ rows }: { rows: readonly EventRow[] }) {
  return (
    <section id="job-events" class="panel" aria-labelledby="events-title" hidden={rows.length === 0}>
      <h2 id="events-title">What came of it</h2>
      <ul class="job-items">
        {rows.map(({ seq, event }) => {
          const { subject, detail } = eventText(event);
          return (
            <li>
              <When at={Date.parse(event.ts)} />
              <a href={withQuery('/events', { open: seq })}>{lookOfEvent(event).word}</a>
              <span class="muted">
                {subject} <VisibleText value={detail} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function JobFacts({ job }: { job: Job }) {
  const project = projectOf(job.task);
  const when = (at: string | undefined) =>
    at === undefined ? <span class="muted">not yet</span> : <When at={Date.parse(at)} />;
  return (
    <div id="job-facts" class="side-card">
      <Facts>
        {project === undefined ? null : (
          <Fact name="Project">
            <a href={projectUrl(project)}>{project}</a>
          </Fact>
        )}
        <Fact name="Asked by">
          <VisibleText value={actorText(job.actor)} />
        </Fact>
        <Fact name="Asked">{when(job.created)}</Fact>
        <Fact name="Began">{when(job.started)}</Fact>
        <Fact name="Ended">{when(job.ended)}</Fact>
        <Fact name="Attempts">
          <span class="num">{formatCount(job.attempts)}</span>
        </Fact>
        {job.retry_at === undefined ? null : <Fact name="Next try">{when(job.retry_at)}</Fact>}
        {job.cancel === undefined ? null : (
          <Fact name="Stopped by">
            <VisibleText value={actorText(job.cancel.actor)} />
          </Fact>
        )}
        {job.retry_of === undefined ? null : (
          <Fact name="Repeats">
            <a href={jobUrl(job.retry_of)}>
              <code>{job.retry_of}</code>
            </a>
          </Fact>
        )}
        <Fact name="Id">
          <code class="breakable">{job.id}</code>
        </Fact>
      </Facts>
    </div>
  );
}
