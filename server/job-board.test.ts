import { afterEach, beforeEach, expect, test } from 'vitest';
import { commit } from '../core/commit/commit.ts';
import { createProject } from '../core/commit/project.ts';
import { cancelJob, readJob, requestJob } from '../core/job/jobs.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { parseProjectName } from '../core/model/ids.ts';
import { jobKey } from '../core/model/index-keys.ts';
import { encodeJob, type Job, type JobTask } from '../core/model/job.ts';
import { silentLog } from '../core/model/log.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { JobBoard } from './job-board.ts';
import { jobCommands } from './job-commands.ts';

const BOB = { kind: 'user', id: 'bob' } as const;

const SITE = parseProjectName('site');
const ADA = { kind: 'user', id: 'ada' } as const;
const REPAIR: JobTask = { kind: 'repair', project: SITE };
let now: number;
const clock = { now: () => now, sleep: async () => undefined };
let jobs: ReturnType<typeof memoryKeyValue>;
let index: ReturnType<typeof memoryKeyValue>;
let board: JobBoard;
let ending: AbortController;
let following: Promise<void>;
let changed: () => void;

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  [jobs, index] = [memoryKeyValue(), memoryKeyValue()];
  changed = () => {};
  board = new JobBoard({ jobs, clock, log: silentLog }, () => changed());
  ending = new AbortController();
  following = board.follow(ending.signal);
});
afterEach(async () => {
  ending.abort();
  await following;
});

/** @returns when the board has heard of what `work` wrote */
async function heard<T>(work: () => Promise<T>): Promise<T> {
  const next = new Promise<void>((resolve) => {
    changed = resolve;
  });
  const result = await work();
  await next;
  return result;
}
const request = (task: JobTask) =>
  heard(async () => {
    now += 1;
    return (await requestJob(jobs, { task, actor: ADA }, now)).job;
  });
const write = (id: string, change: Partial<Job>) =>
  heard(async () => {
    const at = await readJob(jobs, id);
    if (!at) throw new Error('no job');
    await jobs.put(jobKey(id), encodeJob({ ...at.job, ...change }));
  });

test('lists the newest first, filtered and page by page, without what a record lists', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.unshift((await request(i % 2 === 0 ? REPAIR : { kind: 'sweep' })).id);
  const shown = (query: Parameters<JobBoard['page']>[0]) => board.page(query).jobs.map(({ job }) => job.id);
  expect(shown({ limit: 9 })).toEqual(ids);
  const first = board.page({ limit: 2, project: SITE });
  expect(first.jobs.map(({ job }) => job.id)).toEqual([ids[0], ids[2]]);
  expect(shown({ limit: 2, project: SITE, before: first.next })).toEqual([ids[4]]);
  expect(board.page({ limit: 2, project: SITE, before: first.next }).next).toBe(undefined);
  expect(shown({ limit: 9, kind: 'sweep' })).toEqual([ids[1], ids[3]]);
  await write(ids[1] ?? '', {
    state: 'failed',
    failures: { count: 1, listed: [{ item: 'a', reason: 'Why.' }] },
    plan: { items: 1, bytes: 2, listed: [{ item: 'a', bytes: 2, reason: 'Why.' }] },
  });
  const [failed] = board.page({ limit: 9, state: 'failed' }).jobs;
  expect(failed?.job).toMatchObject({ failures: { count: 1, listed: [] }, plan: { items: 1, listed: [] } });
  await heard(() => jobs.delete(jobKey(ids[1] ?? '')));
  expect(shown({ limit: 9, kind: 'sweep' })).toEqual([ids[3]]);
});

test('says how fast the present stage goes, and forgets that with the stage', async () => {
  const { id } = await request(REPAIR);
  const at = (stage: string, done: number) =>
    write(id, {
      state: 'running',
      progress: { stage, items: { done: 0, total: 1 }, bytes: { done, total: 10_000 } },
    });
  await at('reading', 1_000);
  expect(board.rateOf(id)).toBe(0);
  now += 2_000;
  await at('reading', 5_000);
  expect(board.rateOf(id)).toBe(2_000);
  now += 1_000;
  await at('healing', 0);
  expect(board.rateOf(id)).toBe(0);
  await write(id, { state: 'done' });
  expect(board.rateOf('nope')).toBe(0);
});

test('a record of a newer version is left out, and the others stay', async () => {
  await jobs.put(jobKey('0-newer'), Buffer.from('{"v":2}'));
  const { id } = await request(REPAIR);
  expect(board.page({ limit: 9 }).jobs.map(({ job }) => job.id)).toEqual([id]);
});

test('what people ask of jobs: asked twice is asked once, only a plan that is done is run, only what failed again', async () => {
  const objects = memoryObjectStore();
  const nodes = objectNodes(objects);
  const io = { objects, nodes, index, clock };
  await createProject(io, SITE, ADA);
  const alike = (task: JobTask, dryRun: boolean) => board.alike(task, dryRun);
  const commands = jobCommands({ jobs, index, nodes, clock, alike });
  const evict: JobTask = { kind: 'evict', by: 'hand', project: SITE };

  expect(await commands.start(ADA, { ...evict, project: parseProjectName('nope') }, { dryRun: true })).toEqual({
    kind: 'no-project',
  });
  const asked = await heard(() => commands.start(ADA, evict, { dryRun: true }));
  if (asked.kind !== 'job-asked') throw new Error(asked.kind);
  expect(await commands.start(BOB, evict, { dryRun: true })).toEqual({ kind: 'job-asked-before', id: asked.id });
  expect(await commands.adopt(ADA, asked.id)).toEqual({ kind: 'job-not-planned' });
  expect(await commands.retry(ADA, asked.id)).toEqual({ kind: 'job-not-failed' });
  const plan = { items: 2, bytes: 9, listed: [] };
  await write(asked.id, { state: 'done', plan, ended: new Date(now - 3_600_001).toISOString() });
  expect(await commands.adopt(ADA, asked.id)).toEqual({ kind: 'plan-old' });
  await write(asked.id, { ended: new Date(now - 3_600_000).toISOString() });
  const run = await heard(() => commands.adopt(ADA, asked.id));
  if (run.kind !== 'job-asked') throw new Error(run.kind);
  const seen = { items: 2, bytes: 9 };
  expect((await readJob(jobs, run.id))?.job).toMatchObject({ task: evict, dry_run: false, actor: ADA, seen });
  expect(await commands.adopt(ADA, asked.id)).toEqual({ kind: 'job-asked-before', id: run.id });
  expect(await heard(() => commands.cancel(ADA, run.id))).toEqual({ kind: 'job-cancelled' });
  expect(await commands.cancel(ADA, run.id)).toEqual({ kind: 'job-over' });
  const again = await heard(() => commands.retry(ADA, run.id));
  if (again.kind !== 'job-asked') throw new Error(again.kind);
  expect(await commands.retry(BOB, run.id)).toEqual({ kind: 'job-asked-before', id: again.id });
  await write(again.id, { state: 'running' });
  expect(await commands.start(BOB, evict, { dryRun: false })).toEqual({ kind: 'job-asked-before', id: again.id });
  expect(await heard(() => commands.cancel(ADA, again.id))).toEqual({ kind: 'job-stopping' });
  // Nothing would come of what is to stop.
  expect((await heard(() => commands.start(BOB, evict, { dryRun: false }))).kind).toBe('job-asked');
  for (const what of ['cancel', 'retry', 'adopt'] as const) {
    expect(await commands[what](ADA, 'nope')).toEqual({ kind: 'no-job' });
  }
  expect((await cancelJob(jobs, again.id, ADA, now)).kind).toBe('changed');
});

test('how many run and wait is counted, and failures for a day', async () => {
  const ended = () => new Date(now).toISOString();
  const [first, second] = [await request(REPAIR), await request({ kind: 'sweep' })];
  await request({ kind: 'reconcile' });
  await write(first.id, { state: 'failed', ended: ended() });
  await write(second.id, { state: 'running' });
  expect(board.counts()).toEqual({ running: 1, queued: 1, failed: 1 });
  now += 25 * 3_600_000;
  expect(board.counts()).toMatchObject({ failed: 0 });
});

test('a job on a path where the project has nothing is refused, and a repair is not: it may be the tree that is damaged', async () => {
  const objects = memoryObjectStore();
  const nodes = objectNodes(objects);
  const io = { objects, nodes, index, clock };
  await createProject(io, SITE, ADA);
  const entry = { path: parseRelPath('docs/deep'), dir: true, mode: 0o755 } as const;
  await commit(io, { project: SITE, ops: [{ kind: 'put', entry }], actor: ADA });
  const commands = jobCommands({ jobs, index, nodes, clock, alike: () => undefined });
  const at = async (task: JobTask) => (await commands.start(ADA, task, { dryRun: false })).kind;
  const [docs, none] = [
    { project: SITE, prefix: parseRelPath('docs') },
    { project: SITE, prefix: parseRelPath('dosc') },
  ];
  for (const task of [{ kind: 'evict', by: 'hand' }, { kind: 'archive' }, { kind: 'promote', mode: 'fast' }] as const) {
    expect([await at({ ...task, ...none }), await at({ ...task, ...docs })]).toEqual(['job-on-nothing', 'job-asked']);
  }
  expect(await at({ kind: 'repair', ...none })).toBe('job-asked');
});
