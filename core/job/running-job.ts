// One job in the hands of this server. Its record is written by compare-and-swap at every heartbeat: a write that does not
// come through because another server has taken the job over ends the work here, so that nothing runs twice for long, and
// a server that cannot reach the records stops before others may think it gone.
import { setMaxListeners } from 'node:events';
import { type Clock, isoTime } from '../model/clock.ts';
import { jobKey } from '../model/index-keys.ts';
import { decodeJob, encodeJob, type Job, type JobKind } from '../model/job.ts';
import type { Log } from '../model/log.ts';
import { messageOf } from '../model/message-of.ts';
import { StoreFullError, StoreUnavailableError } from '../store/store-errors.ts';
import { type JobHandler, JobReport } from './job-context.ts';
import type { JobAt, JobRecords } from './jobs.ts';

export interface RunJobIo {
  readonly records: JobRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/** A job whose record was not written for so long may be taken over by another server. */
export const SILENT_MS = 15_000;
/** Who cannot write for so long stops working, before anybody may take over. */
const GIVE_UP_MS = 10_000;
const LOOK_EVERY_MS = 1_000;
const HEARTBEAT_EVERY_LOOKS = 4;
/** A failure that time may mend is tried again so often; with the pauses between, over hours. */
const MAX_ATTEMPTS = 50;
const RETRY_MIN_MS = 2_000;
const RETRY_MAX_MS = 300_000;

/** The job was asked to stop. */
class CancelledError extends Error {
  override name = 'CancelledError';
}
/** Another server has the job, or may have it. */
class LostError extends Error {
  override name = 'LostError';
}

export class RunningJob {
  readonly #io: RunJobIo;
  readonly #report: JobReport;
  readonly #stop = new AbortController();
  #job: Job;
  #revision: number;

  /** @param claimed  with this server as its runner */
  constructor(io: RunJobIo, claimed: JobAt) {
    this.#io = io;
    this.#job = claimed.job;
    this.#report = new JobReport(claimed.job.seen);
    this.#revision = claimed.revision;
    // Objects are worked on side by side, and each of them listens.
    setMaxListeners(0, this.#stop.signal);
  }

  /** The record was changed by somebody: a person who asks it to stop, or another server. */
  noticed({ job, revision }: JobAt): void {
    if (revision <= this.#revision) return;
    if (job.state !== 'running' || job.runner !== this.#job.runner) {
      this.#stop.abort(new LostError(`job ${job.id} was taken over`));
      return;
    }
    this.#revision = revision;
    this.#job = { ...this.#job, ...(job.cancel === undefined ? {} : { cancel: job.cancel }) };
    if (job.cancel) this.#stop.abort(new CancelledError(`job ${job.id} is to stop`));
  }

  /** Resolves when it is over, given back, or another's.
   *  @param ending  the server ends: the job is given back, and another server goes on at once */
  async run<K extends JobKind>(handler: JobHandler<K> | undefined, ending: AbortSignal): Promise<void> {
    const { signal } = this.#stop;
    const onEnding = () => this.#stop.abort(ending.reason);
    ending.addEventListener('abort', onEnding, { once: true });
    if (ending.aborted) onEnding();
    if (this.#job.cancel) this.#stop.abort(new CancelledError('cancelled'));
    const worked = new AbortController();
    const beating = this.#beat(worked.signal);
    let end: Partial<Job> & Pick<Job, 'state' | 'sentence'>;
    try {
      signal.throwIfAborted();
      if (!handler) throw new Error(`this server cannot run jobs of the kind ${this.#job.task.kind}`);
      const { id, task, created, started = created, dry_run: dryRun, actor } = this.#job;
      const sentence = await handler({
        id,
        task: task as Parameters<JobHandler<K>>[0]['task'],
        started,
        dryRun,
        actor,
        signal,
        report: this.#report,
      });
      const { failed } = this.#report;
      end = failed > 0 ? { state: 'failed', sentence: `${sentence} ${failed} failed.` } : { state: 'done', sentence };
    } catch (error) {
      end = this.#endAfter(error, ending.aborted);
    } finally {
      ending.removeEventListener('abort', onEnding);
      worked.abort();
      await beating;
    }
    if (signal.reason instanceof LostError) return;
    await this.#finish(end);
  }

  #endAfter(error: unknown, isEnding: boolean): Partial<Job> & Pick<Job, 'state' | 'sentence'> {
    const { clock, log } = this.#io;
    const { id, attempts } = this.#job;
    if (this.#job.cancel) return { state: 'cancelled', sentence: 'Cancelled; what was done until then stays done.' };
    if (isEnding) return { state: 'queued', sentence: 'Its server ended; another one, or the same, goes on with it.' };
    const message = messageOf(error);
    const mayMend = error instanceof StoreUnavailableError || error instanceof StoreFullError;
    if (mayMend && attempts < MAX_ATTEMPTS) {
      const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempts - 1, 20));
      const retryAt = isoTime(clock.now() + ceiling / 2 + (Math.random() * ceiling) / 2);
      log.warn({ error, job: id, attempts, retryAt }, `job ${id} waits: ${message}`);
      return {
        state: 'queued',
        retry_at: retryAt,
        sentence: `Waits, and tries again at ${retryAt}: ${message}`.slice(0, 1_000),
      };
    }
    log.error({ error, job: id }, `job ${id} failed: ${message}`);
    return { state: 'failed', sentence: message.slice(0, 1_000) };
  }

  /** Writes the record while the work goes on. */
  async #beat(worked: AbortSignal): Promise<void> {
    const { clock, log } = this.#io;
    let written = this.#report.changes;
    let writtenAt = clock.now();
    for (let look = 1; !worked.aborted && !this.#stop.signal.aborted; look++) {
      await clock.sleep(LOOK_EVERY_MS, worked).catch(() => undefined);
      if (worked.aborted) return;
      if (this.#report.changes === written && look % HEARTBEAT_EVERY_LOOKS !== 0) continue;
      const { changes } = this.#report;
      try {
        if (!(await this.#write({}))) return;
        written = changes;
        writtenAt = clock.now();
      } catch (error) {
        log.debug({ error, job: this.#job.id }, 'a heartbeat of a job did not come through');
        if (clock.now() - writtenAt >= GIVE_UP_MS)
          this.#stop.abort(new LostError('its record could not be written for too long'));
      }
    }
  }

  /** An end that cannot be written leaves the job to whoever notices the silence. */
  async #finish(end: Partial<Job> & Pick<Job, 'state' | 'sentence'>): Promise<void> {
    const { clock, log } = this.#io;
    const isOver = end.state !== 'queued';
    for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
      try {
        await this.#write({ ...end, ...(isOver ? { ended: isoTime(clock.now()) } : {}) }, true);
        return;
      } catch (error) {
        log.warn({ error, job: this.#job.id }, `the end of job ${this.#job.id} could not be written yet`);
        if (waitedMs >= GIVE_UP_MS) return;
        await clock.sleep(LOOK_EVERY_MS);
      }
    }
  }

  /** @returns false when another server has the job */
  async #write(change: Partial<Job>, isEnd = false): Promise<boolean> {
    const { records } = this.#io;
    for (;;) {
      const next: Job = { ...this.#job, ...this.#report.fields, ...change };
      if (isEnd) delete next.runner;
      const outcome = await records.compareAndSet(jobKey(next.id), encodeJob(next), this.#revision);
      if (outcome.kind === 'set') {
        this.#revision = outcome.revision;
        this.#job = next;
        return true;
      }
      if (!outcome.entry) {
        this.#stop.abort(new LostError(`job ${next.id} was removed`));
        return false;
      }
      const there = { job: decodeJob(outcome.entry.value), revision: outcome.entry.revision };
      // An end whose acknowledgement was lost is there already.
      if (isEnd && there.job.state === next.state && there.job.runner === undefined) return true;
      this.noticed(there);
      if (this.#stop.signal.reason instanceof LostError) return false;
    }
  }
}
