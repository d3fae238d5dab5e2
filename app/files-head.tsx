// The head of the files screen: which folder it is, how much is in it, what is done with all of it, and the field to search in.
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { SearchField } from '../components/search-field.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import { type Job, partsOf } from '../core/model/job.ts';
import { baseName, isUnder } from '../core/model/rel-path.ts';
import type { Queries } from './context.ts';
import { KIND_WORDS } from './job-parts.tsx';
import type { JobAt } from './tree.tsx';
import type { Found, Tree } from './tree-pages.ts';
import { jobUrl, projectUrl, type TreeState } from './url.ts';

/** Jobs that are not over; and those that failed lately, so that nobody has to look for the reason. */
export async function jobsToTell(queries: Queries, name: ProjectName): Promise<readonly Job[]> {
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
export const jobAt =
  (jobs: readonly Job[]): JobAt =>
  (path) =>
    jobs.find((job) =>
      partsOf(job.task)?.some((part) => part === path || (job.state !== 'failed' && isUnder(path, part))),
    );

interface HeadProps {
  readonly tree: TreeState;
  readonly page: (Tree | Found)['page'];
  readonly jobs: readonly Job[];
  readonly title: string;
}

/** The script gives the window this title when the screen changes without a reload. */
export function FilesHead({ tree, page, jobs, title }: HeadProps) {
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
      <a href={projectUrl(tree.project)} data-soft="" data-clear="">
        Clear
      </a>
    </>
  );
}

/** Stands outside of what is patched: a patch would take away what is being typed. */
export function FilesSearch({ tree }: { tree: TreeState }) {
  return (
    <form method="get" action={`/p/${tree.project}/go`} class="search" data-search-in={projectUrl(tree.project)}>
      <SearchField name="q" label="Search all files" value={tree.q} />
    </form>
  );
}
