// What lists and pages of jobs have in common: what a job does in words, how it stands, how far it is.
import { Chip } from '../components/chip.tsx';
import { formatBytes, formatCount, plural } from '../components/format.ts';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import {
  isScoped,
  type Job,
  type JobKind,
  type JobState,
  type JobTask,
  projectOf,
  type ScopedTask,
} from '../core/model/job.ts';
import { actorText } from './actor-text.ts';
import type { JobView } from './job-view.ts';
import { jobUrl } from './url.ts';

export const KIND_WORDS: Readonly<Record<JobKind, string>> = {
  archive: 'Archive',
  evict: 'Evict',
  promote: 'Promote',
  deactivate: 'Deactivate',
  repair: 'Repair',
  restore: 'Restore',
  sweep: 'Sweep',
  reconcile: 'Reconcile',
  scrub: 'Scrub',
};
export const jobKinds = Object.keys(KIND_WORDS) as JobKind[];

export const STATE_WORDS: Readonly<Record<JobState, string>> = {
  queued: 'Waiting',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** `Promote strictly`, `Evict by policy` */
export function taskWord(task: JobTask): string {
  if (task.kind === 'promote' && task.mode === 'strict') return 'Promote strictly';
  if (task.kind === 'evict' && task.by === 'policy') return 'Evict by policy';
  return KIND_WORDS[task.kind];
}

/** `demo/docs`, `3 paths of demo`, `3 objects of demo`, `all projects` */
export function scopeOf(task: JobTask): string {
  const project = projectOf(task);
  const prefix = 'prefix' in task ? task.prefix : undefined;
  const { paths, shas }: Partial<ScopedTask> = isScoped(task) ? task : {};
  const [only = prefix, ...others] = paths ?? [];
  const whole = project ?? 'all projects';
  const place = only === undefined ? whole : `${whole}/${only}`;
  const parts = others.length === 0 ? place : `${plural(others.length + 1, 'path')} of ${whole}`;
  return shas === undefined ? parts : `${plural(shas.length, 'object')} of ${parts}`;
}

/** Names are set as names; "all projects" is none. */
export function JobScope({ task }: { task: JobTask }) {
  return (
    <span class={`job-scope ${projectOf(task) === undefined ? '' : 'mono'}`}>
      <VisibleText value={scopeOf(task)} />
    </span>
  );
}

export function JobStateChip({ job }: { job: Job }) {
  const word = job.state === 'running' && job.cancel ? 'Stopping' : STATE_WORDS[job.state];
  switch (job.state) {
    case 'queued':
      return <Chip tone="neutral" icon="clock" word={word} />;
    case 'running':
      return <Chip tone="busy" icon="refresh-cw" word={word} />;
    case 'done':
      return <Chip tone="good" icon="check" word={word} />;
    case 'failed':
      return <Chip tone="bad" icon="triangle-alert" word={word} />;
    case 'cancelled':
      return <Chip tone="neutral" icon="circle-off" word={word} />;
  }
}

/** n of N, bytes, rate, time left. Where nobody knows the total yet, what is done and a bar that only moves. */
export function JobProgressLine({ view: { job, bytesPerSecond } }: { view: JobView }) {
  const { stage, items, bytes } = job.progress;
  const isKnown = items.total > 0;
  const byBytes = bytes.done < bytes.total;
  const [value, max] = byBytes ? [bytes.done, bytes.total] : [items.done, items.total];
  const leftMs = byBytes && bytesPerSecond > 0 ? ((bytes.total - bytes.done) / bytesPerSecond) * 1_000 : undefined;
  return (
    <div class="job-progress num">
      {isKnown ? (
        <progress value={String(Math.min(value, max))} max={String(max)} aria-label={`${stage}, how far`} />
      ) : (
        <progress class="is-open" aria-label={`${stage}, total not known yet`} />
      )}
      <p>
        <span>
          <VisibleText value={stage} />
        </span>
        <span>{isKnown ? `${formatCount(items.done)} of ${formatCount(items.total)}` : formatCount(items.done)}</span>
        {bytes.total > 0 || bytes.done > 0 ? (
          <span>{byBytes ? `${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}` : formatBytes(bytes.done)}</span>
        ) : null}
        {bytesPerSecond > 0 ? <span>{formatBytes(bytesPerSecond)}/s</span> : null}
        {leftMs === undefined ? null : <span class="muted">{timeLeft(leftMs)}</span>}
      </p>
    </div>
  );
}

function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min left` : `${Math.ceil(minutes / 60)} h left`;
}

/** One job as lists show it. */
export function JobLine({ view }: { view: JobView }) {
  const { job } = view;
  return (
    <article class="job" id={`job-${job.id}`} data-job={job.id} data-state={job.state} data-row="">
      <h3>
        <a href={jobUrl(job.id)} data-open="">
          {taskWord(job.task)}
        </a>
        <JobScope task={job.task} />
        {job.dry_run ? <Chip word="Dry run" /> : null}
      </h3>
      <p class="job-state">
        <JobStateChip job={job} />
      </p>
      <div class="job-what">
        {job.state === 'running' ? (
          <JobProgressLine view={view} />
        ) : (
          <p class={job.state === 'failed' ? 'bad' : 'muted'}>
            <VisibleText value={job.sentence} />
          </p>
        )}
      </div>
      <p class="job-asked muted">
        <When at={Date.parse(job.ended ?? job.started ?? job.created)} />
        <span>
          by <VisibleText value={actorText(job.actor)} />
          {job.attempts > 1 ? ` · ${plural(job.attempts, 'attempt')}` : ''}
        </span>
      </p>
    </article>
  );
}
