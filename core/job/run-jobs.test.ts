import { expect, test } from 'vitest';
import type { Actor } from '../model/commit.ts';
import type { FsEvent } from '../model/event.ts';
import { fakeSha, parseProjectName, parseTenant } from '../model/ids.ts';
import type { Job, JobTask } from '../model/job.ts';
import { silentLog } from '../model/log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import type { JobHandlers } from './job-context.ts';
import { cancelJob, listJobs, readJob, requestJob, retryJob } from './jobs.ts';
import { purgeJobs } from './purge-jobs.ts';
import { runJobs } from './run-jobs.ts';
import { runSchedules, type Schedule } from './schedule.ts';
import { tellJob } from './tell-job.ts';

const ADA: Actor = { kind: 'user', id: 'admin' };
const SWEEP: JobTask = { kind: 'sweep' };
const PROJECT = parseProjectName('demo');
const ARCHIVE: JobTask = { kind: 'archive', project: PROJECT };

function office() {
  const records = memoryKeyValue();
  const clock = virtualClock();
  const told = new Map<string, FsEvent>();
  const events = {
    publish: async (list: readonly FsEvent[]) => {
      for (const event of list) told.set(event.id, event);
    },
  };
  const servers: { readonly stop: () => Promise<void> }[] = [];
  let count = 0;

  /** Starts a server; `seen` is how it reaches the records. */
  function server(handlers: JobHandlers, seen: KeyValue = records, concurrency = 4) {
    const stopping = new AbortController();
    count += 1;
    const ran = runJobs(
      { records: seen, clock, log: silentLog, tell: (job) => tellJob(events, parseTenant('default'), job) },
      handlers,
      { instance: `server-${count}`, concurrency, signal: stopping.signal },
    );
    const one = {
      stop: async () => {
        stopping.abort();
        await ran.catch(() => undefined);
      },
    };
    servers.push(one);
    return one;
  }

  async function untilJob(id: string, done: (job: Job) => boolean): Promise<Job> {
    for await (const change of records.watch(`jobs.${id}`, { signal: AbortSignal.timeout(20_000) })) {
      if (change.kind === 'caught-up') continue;
      const at = await readJob(records, id);
      if (at && done(at.job)) return at.job;
    }
    throw new Error(`job ${id} did not come so far: ${JSON.stringify((await readJob(records, id))?.job)}`);
  }

  const ask = async (task: JobTask, dryRun = false) =>
    (await requestJob(records, { task, actor: ADA, dryRun }, clock.now())).job.id;
  const stop = () => Promise.all(servers.map((one) => one.stop()));
  return { records, clock, told, server, untilJob, ask, stop };
}

test('of three servers one runs a job, once, and its record and events say what came of it', async () => {
  const { server, ask, untilJob, told, stop } = office();
  let runs = 0;
  const handlers: JobHandlers = {
    sweep: async ({ report }) => {
      runs += 1;
      report.stage('removing', { items: 2, bytes: 10 });
      report.did(2, 10);
      return 'Removed 2.';
    },
  };
  for (let i = 0; i < 3; i++) server(handlers);
  const id = await ask(SWEEP);
  const job = await untilJob(id, ({ told }) => told);
  expect(job).toMatchObject({
    state: 'done',
    sentence: 'Removed 2.',
    attempts: 1,
    progress: { stage: 'removing', items: { done: 2, total: 2 }, bytes: { done: 10, total: 10 } },
  });
  expect(job.runner).toBeUndefined();
  expect(runs).toBe(1);
  expect([...told.values()].map(({ type }) => type)).toEqual(['JobStarted', 'JobFinished']);
  await stop();
});

test('how far a job is can be read while it runs', async () => {
  const { server, ask, untilJob, stop, clock } = office();
  server({
    sweep: async ({ report, signal }) => {
      report.stage('looking', { items: 100 });
      for (let i = 0; i < 100; i++) {
        report.did(1);
        await clock.sleep(100, signal);
      }
      return 'Done.';
    },
  });
  const id = await ask(SWEEP);
  const half = await untilJob(id, ({ progress }) => progress.items.done > 40);
  expect(half).toMatchObject({ state: 'running', progress: { stage: 'looking', items: { total: 100 } } });
  await untilJob(id, ({ state }) => state === 'done');
  await stop();
});

test('a server that is gone is followed by another, and one that only lost its line has stopped before that', async () => {
  const { records, server, ask, untilJob, stop, clock } = office();
  let isCut = false;
  const cut = <T>(work: () => Promise<T>) =>
    isCut ? Promise.reject(new StoreUnavailableError('hot', 'no answer')) : work();
  const throughLine: KeyValue = {
    ...records,
    get: (key) => cut(() => records.get(key)),
    compareAndSet: (key, value, revision) => cut(() => records.compareAndSet(key, value, revision)),
  };
  let working = 0;
  let most = 0;
  const runners: string[] = [];
  const handler = (name: string): JobHandlers => ({
    sweep: async ({ signal }) => {
      runners.push(name);
      working += 1;
      most = Math.max(most, working);
      try {
        if (name === 'first') {
          isCut = true;
          await clock.sleep(3_600_000, signal);
        }
        return 'Done.';
      } finally {
        working -= 1;
      }
    },
  });
  server(handler('first'), throughLine);
  const id = await ask(SWEEP);
  await untilJob(id, ({ state }) => state === 'running');
  server(handler('second'));
  const job = await untilJob(id, ({ state }) => state === 'done');
  expect(job.attempts).toBe(2);
  expect(runners).toEqual(['first', 'second']);
  expect(most).toBe(1);
  isCut = false;
  await stop();
});

test('a server that ends gives its jobs back, and another goes on at once', async () => {
  const { server, ask, untilJob, stop, clock } = office();
  const first = server({ sweep: ({ signal }) => clock.sleep(3_600_000, signal).then(() => 'Never.') });
  const id = await ask(SWEEP);
  await untilJob(id, ({ state }) => state === 'running');
  await first.stop();
  expect(await untilJob(id, ({ state }) => state === 'queued')).toMatchObject({ attempts: 1 });
  server({ sweep: async () => 'Done.' });
  expect(await untilJob(id, ({ state }) => state === 'done')).toMatchObject({ attempts: 2, sentence: 'Done.' });
  await stop();
});

test('what nobody has begun is cancelled at once; what runs stops and says that it was cancelled', async () => {
  const { records, server, ask, untilJob, told, stop, clock } = office();
  const waiting = await ask(SWEEP);
  expect(await cancelJob(records, waiting, ADA, clock.now())).toMatchObject({
    kind: 'changed',
    job: { state: 'cancelled' },
  });
  const id = await ask(SWEEP);
  server({
    sweep: async ({ signal, report }) => {
      report.did(3);
      await clock.sleep(3_600_000, signal);
      return 'Never.';
    },
  });
  await untilJob(id, ({ state }) => state === 'running');
  expect(await cancelJob(records, id, ADA, clock.now())).toMatchObject({ kind: 'changed', job: { state: 'running' } });
  expect(await untilJob(id, ({ told }) => told)).toMatchObject({
    state: 'cancelled',
    progress: { items: { done: 3 } },
  });
  expect(await cancelJob(records, id, ADA, clock.now())).toEqual({ kind: 'refused', state: 'cancelled' });
  expect(await cancelJob(records, 'nope', ADA, clock.now())).toEqual({ kind: 'no-job' });
  expect(told.get(`job-${id}-failed`)).toMatchObject({
    type: 'JobFailed',
    payload: { error: expect.stringContaining('Cancelled') },
  });
  await stop();
});

test('a store that does not answer is waited for; any other failure ends the job with its sentence', async () => {
  const { server, ask, untilJob, stop } = office();
  let tries = 0;
  server({
    sweep: async () => {
      tries += 1;
      if (tries < 4) throw new StoreUnavailableError('cold', 'answers 503');
      return 'Done at last.';
    },
    reconcile: async () => {
      throw new Error('the index is unreadable');
    },
  });
  const waits = await ask(SWEEP);
  expect(await untilJob(waits, ({ retry_at }) => retry_at !== undefined)).toMatchObject({
    state: 'queued',
    sentence: expect.stringMatching(/^Waits, and tries again at .*answers 503/),
  });
  expect(await untilJob(waits, ({ state }) => state === 'done')).toMatchObject({
    attempts: 4,
    sentence: 'Done at last.',
  });
  const fails = await ask({ kind: 'reconcile' });
  expect(await untilJob(fails, ({ told }) => told)).toMatchObject({
    state: 'failed',
    attempts: 1,
    sentence: 'the index is unreadable',
  });
  await stop();
});

test('failed items are listed, and a retry does only these again', async () => {
  const { records, server, ask, untilJob, stop, clock } = office();
  const bad = fakeSha('bad');
  const asked: (readonly string[] | undefined)[] = [];
  server({
    archive: async ({ task, report }) => {
      asked.push(task.shas);
      report.expect(2);
      report.did(2);
      if (!task.shas) report.fail({ item: 'a.txt', sha: bad, reason: 'the bytes are others' });
      return 'Archived 1.';
    },
  });
  const id = await ask(ARCHIVE);
  const failed = await untilJob(id, ({ state }) => state === 'failed');
  expect(failed).toMatchObject({
    sentence: 'Archived 1. 1 failed.',
    failures: { count: 1, listed: [{ item: 'a.txt' }] },
  });
  const retry = await retryJob(records, id, ADA, clock.now());
  if (retry.kind !== 'changed') throw new Error(retry.kind);
  expect(await untilJob(retry.job.id, ({ state }) => state === 'done')).toMatchObject({ retry_of: id });
  expect(asked).toEqual([undefined, [bad]]);
  expect(await retryJob(records, retry.job.id, ADA, clock.now())).toEqual({ kind: 'refused', state: 'done' });
  await stop();
});

test('two jobs on one project run one after the other; on others beside it', async () => {
  const { server, ask, untilJob, stop, clock } = office();
  const under = new Map<string, number>();
  let most = 0;
  let mostInDemo = 0;
  server({
    archive: async ({ task, signal }) => {
      const name = task.project ?? '';
      under.set(name, (under.get(name) ?? 0) + 1);
      most = Math.max(
        most,
        [...under.values()].reduce((a, b) => a + b),
      );
      mostInDemo = Math.max(mostInDemo, under.get('demo') ?? 0);
      await clock.sleep(500, signal);
      under.set(name, (under.get(name) ?? 0) - 1);
      return 'Done.';
    },
  });
  const ids = await Promise.all([
    ask(ARCHIVE),
    ask(ARCHIVE),
    ask({ kind: 'archive', project: parseProjectName('other') }),
  ]);
  for (const id of ids) await untilJob(id, ({ state }) => state === 'done');
  expect(mostInDemo).toBe(1);
  expect(most).toBe(2);
  await stop();
});

test('three servers on one schedule ask once a slot', async () => {
  const { records, clock } = office();
  const stopping = new AbortController();
  const hour = 3_600_000;
  const running = [1, 2, 3].map(() =>
    runSchedules({ records, clock, log: silentLog }, [{ task: SWEEP, everyMs: hour }], stopping.signal),
  );
  const from = clock.now();
  await clock.sleep(5 * hour + 1);
  stopping.abort();
  await Promise.all(running);
  const { jobs } = await listJobs(records, { limit: 100 });
  const slots = Math.floor(clock.now() / hour) - Math.floor(from / hour) + 1;
  expect(jobs).toHaveLength(slots);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(slots);
});

test('whether a job is wanted is asked once a slot that has none, and a failure to know keeps no other from its time', async () => {
  const { records, clock } = office();
  const stopping = new AbortController();
  const hour = 3_600_000;
  await clock.sleep(hour - (clock.now() % hour));
  const asked = { wanted: 0, unwanted: 0, unknown: 0 };
  const schedules: Schedule[] = [
    {
      task: { kind: 'reconcile' },
      everyMs: hour,
      isWanted: async () => ++asked.unknown > 3 || Promise.reject(new Error('unreadable')),
    },
    { task: { kind: 'evict', by: 'policy' }, everyMs: hour, isWanted: async () => ++asked.unwanted === 0 },
    { task: SWEEP, everyMs: hour, isWanted: async () => ++asked.wanted > 0 },
  ];
  const running = runSchedules({ records, clock, log: silentLog }, schedules, stopping.signal);
  await clock.sleep(2 * hour - 1);
  stopping.abort();
  await running;
  expect(asked).toEqual({ wanted: 2, unwanted: 2, unknown: 5 });
  const { jobs } = await listJobs(records, { limit: 100 });
  expect(jobs.map(({ task }) => task.kind).sort()).toEqual(['reconcile', 'reconcile', 'sweep', 'sweep']);
});

test('the history is paged, newest first', async () => {
  const { records, ask, clock } = office();
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) {
    ids.push(await ask(i % 2 === 0 ? SWEEP : ARCHIVE));
    await clock.sleep(10);
  }
  const first = await listJobs(records, { limit: 3 });
  expect(first.jobs.map(({ id }) => id)).toEqual(ids.slice(4).reverse());
  await ask(SWEEP);
  const second = await listJobs(records, { limit: 3, before: first.next });
  expect(second.jobs.map(({ id }) => id)).toEqual(ids.slice(1, 4).reverse());
  expect((await listJobs(records, { limit: 3, before: second.next })).next).toBeUndefined();
  const sweeps = await listJobs(records, { limit: 9 }, ({ task }) => task.kind === 'sweep');
  expect(sweeps.jobs).toHaveLength(5);
});

test('who cancelled a job is in its record and in the event of its end, and who asked for it in both', async () => {
  const { records, ask, clock, told, server, stop, untilJob } = office();
  const id = await ask(ARCHIVE);
  const grace: Actor = { kind: 'user', id: 'grace' };
  await cancelJob(records, id, grace, clock.now());
  server({});
  const job = await untilJob(id, ({ told }) => told);
  expect(job).toMatchObject({ actor: ADA, cancel: { actor: grace } });
  expect(told.get(`job-${id}-failed`)).toMatchObject({
    type: 'JobFailed',
    actor: grace,
    payload: { cancelled: true },
  });
  await stop();
});

test('records of jobs go when they ended long enough ago and that was told; others stay, however old', async () => {
  const { records, ask, clock, server, stop, untilJob } = office();
  const [ended, untold] = [await ask(SWEEP), await ask(ARCHIVE)];
  server({ sweep: async () => 'Done.', archive: async () => 'Done.' });
  await untilJob(ended, ({ told }) => told);
  const archived = await untilJob(untold, ({ told }) => told);
  await stop();
  await records.put(`jobs.${untold}`, Buffer.from(JSON.stringify({ ...archived, told: false })));
  await clock.sleep(10);
  const waits = await ask(SWEEP);
  const day = 86_400_000;
  const newer = '0-newer';
  await records.put(`jobs.${newer}`, Buffer.from('{"v":2}'));
  expect(await purgeJobs(records, clock.now() - day)).toBe(0);
  expect(await purgeJobs(records, clock.now() + day)).toBe(1);
  expect(await records.get(`jobs.${newer}`)).toBeDefined();
  await records.delete(`jobs.${newer}`);
  expect((await listJobs(records, { limit: 9 })).jobs.map(({ id }) => id)).toEqual([waits, untold]);
});
