// From an object that is damaged in hot to its copy in cold, as people see it: the server's own parts on stores in memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { announceUpTo } from '../core/event/announce.ts';
import { requestJob } from '../core/job/jobs.ts';
import { parseTenant, shaOf } from '../core/model/ids.ts';
import { deadLetterKey } from '../core/model/index-keys.ts';
import type { Job } from '../core/model/job.ts';
import { silentLog } from '../core/model/log.ts';
import type { Backlog, EventLog } from '../core/store/event-log.ts';
import { memoryColdStore } from '../core/store/memory-cold-store.ts';
import { memoryEventLog } from '../core/store/memory-event-log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT } from '../core/testing/test-project.ts';
import type { TierIo } from '../core/tier/tier-io.ts';
import { ArchiveLagWatch } from './archive-lag.ts';
import { DeadLetterBoard } from './dead-letter-board.ts';
import { Health } from './health.ts';
import { JobBoard } from './job-board.ts';
import { jobCommands } from './job-commands.ts';
import { openLifecycle } from './lifecycle.ts';
import { runProjector } from './read-model/projector.ts';
import { ReadModel } from './read-model/read-model.ts';

const ADA = { kind: 'user', id: 'ada' } as const;

const tenant = parseTenant('default');
let dir: string;
let ending: AbortController;
let running: Promise<unknown>[];
let wake: () => void;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fs-dead-'));
  ending = new AbortController();
  running = [];
  wake = () => {};
});
afterEach(async () => {
  ending.abort();
  await Promise.all(running);
  rmSync(dir, { recursive: true });
});

/** Resolves when it is so; looked at whenever a board has heard of something. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
}

/** Retries are immediate: what is tested is what comes of them. */
async function* immediately(work: ReturnType<EventLog['work']>) {
  for await (const item of work) yield { ...item, retry: () => item.retry(0) };
}

async function server() {
  const io = memoryCommitIo();
  const memory = memoryEventLog();
  const events: EventLog = { ...memory, work: (options) => immediately(memory.work(options)) };
  const jobs = memoryKeyValue();
  const { clock, index, objects: hot, nodes } = io;
  const cold = memoryColdStore(tenant);
  const tiers: TierIo = { tenant, hot, cold, nodes, index, events, clock, log: silentLog };
  const readModel = new ReadModel(join(dir, 'read.db'), tenant);
  const { signal } = ending;
  const heard = () => wake();
  const board = new JobBoard({ jobs, clock, log: silentLog }, heard);
  const pathOf: ReadModel['pathOf'] = (sha, project) => readModel.pathOf(sha, project);
  const letters = new DeadLetterBoard({ jobs, log: silentLog, pathOf }, heard);
  const wanted = { isHeld: async () => false, put: async () => false };
  const health = { coldFailed: () => {}, coldWorked: () => {} };
  const proofs = { ask: async () => ({ kind: 'waiting' as const }) };
  const parts = {
    tiers,
    nodesOnce: nodes,
    events,
    jobs,
    nodes: memoryKeyValue(),
    wanted,
    proofs,
    lastRead: () => undefined,
    health,
  };
  const settings = { FS_HOT_HIGH_BYTES: undefined, FS_HOT_LOW_BYTES: undefined, FS_EVICT_IDLE_DAYS: undefined };
  const lifecycle = openLifecycle({ ...parts, settings, requireOwnCold: async () => {}, rehydrated: () => {} }, signal);
  const projecting = runProjector(events, readModel, { signal, log: silentLog, onApplied: heard });
  running.push(
    board.follow(signal),
    letters.follow(signal),
    lifecycle.archive(signal),
    lifecycle.runJobs(signal),
    projecting.finally(() => readModel.close()),
  );
  const alike: JobBoard['alike'] = (task, dryRun) => board.alike(task, dryRun);
  const commands = jobCommands({ jobs, index, nodes, clock, alike });
  const announce = async () => {
    const at = await readCurrent(index, PROJECT);
    if (!at) throw new Error('no project');
    await announceUpTo(
      { tenant, objects: hot, nodes, index, events, clock, log: silentLog },
      at.current.commit_sha,
      undefined,
    );
  };
  const job = (id: string): Job | undefined => board.page({ limit: 9 }).jobs.find((view) => view.job.id === id)?.job;
  return { io, hot, cold, jobs, letters, commands, announce, job };
}

test('what is damaged in hot becomes a dead letter with its path, is mended, tried again, and gone', async () => {
  const { io, hot, cold, letters, commands, announce, job } = await server();
  await newProject(io);
  await commitText(io, 'docs/a.txt', 'content');
  const sha = shaOf('content');
  hot.damage(sha, Buffer.from('c0ntent'));
  await announce();
  await until(() => letters.page(9).letters.some(({ path }) => path !== undefined));
  expect(letters.page(9)).toMatchObject({
    count: 1,
    letters: [{ sha, project: PROJECT, path: 'docs/a.txt', reason: expect.stringContaining('not intact') }],
  });

  // Nothing was mended: the job says so, and the letter stays.
  const vain = await commands.retryDead(ADA, 'all');
  if (!('id' in vain)) throw new Error(vain.kind);
  await until(() => job(vain.id)?.state === 'failed');
  expect(letters.page(9).count).toBe(1);

  await hot.delete(sha);
  await hot.put(sha, 7, Buffer.from('content'));
  const asked = await commands.retryDead(ADA, sha);
  if (!('id' in asked)) throw new Error(asked.kind);
  await until(() => job(asked.id)?.state === 'done' && letters.page(9).count === 0);
  expect(job(asked.id)).toMatchObject({
    actor: { kind: 'user', id: 'ada' },
    sentence: expect.stringMatching(/^Archived 1/),
  });
  expect((await cold.check(sha, { sizeBytes: 7 })).kind).toBe('proven');
  expect(await commands.retryDead(ADA, sha)).toEqual({ kind: 'no-dead-letter' });
});

test('a repair that finds the bytes takes the letter away too, and so does a retry of what no file has any more', async () => {
  const { io, hot, cold, jobs, letters, commands, announce, job } = await server();
  await newProject(io);
  await commitText(io, 'a', 'content');
  const sha = shaOf('content');
  await cold.put(sha, 7, Buffer.from('content'));
  hot.damage(sha, Buffer.from('c0ntent'));
  const bury = (of: string, since: string) =>
    jobs.put(
      deadLetterKey(shaOf(of)),
      Buffer.from(JSON.stringify({ sha: shaOf(of), project: PROJECT, reason: 'why', attempts: 4, since })),
    );
  await bury('content', '2026-01-01T00:00:00.000Z');
  await bury('long gone', '2026-01-02T00:00:00.000Z');
  await until(() => letters.page(9).count === 2);
  expect(letters.page(1)).toMatchObject({ count: 2, letters: [{ sha: shaOf('long gone') }] });
  await announce();
  const { job: repair } = await requestJob(
    jobs,
    { task: { kind: 'repair', project: PROJECT }, actor: ACTOR },
    io.clock.now(),
  );
  await until(() => job(repair.id)?.state === 'done' && letters.page(9).count === 1);
  const asked = await commands.retryDead(ADA, 'all');
  if (!('id' in asked)) throw new Error(asked.kind);
  await until(() => job(asked.id)?.state === 'done' && letters.page(9).count === 0);
});

test('that cold is behind is told when the oldest has waited for a while, and as soon as it is not', async () => {
  let now = Date.UTC(2026, 0, 1);
  let backlog: Backlog = { pending: 3, inFlight: 2, oldest: { seq: 1, ts: new Date(now).toISOString() } };
  let told = 0;
  const clock = { now: () => now, sleep: async () => undefined };
  const watch = new ArchiveLagWatch({ events: { backlog: async () => backlog }, clock }, () => told++);
  const health = new Health(
    {
      nats: { ask: async () => {}, awaySince: undefined },
      cold: memoryColdStore(tenant),
      archiveLag: () => watch.lag,
      audit: () => ({ trouble: undefined, isFailing: false }),
      pingReadModel: () => {},
      now: () => now,
    },
    () => {},
  );
  const archive = async () => (await health.check()).find(({ name }) => name === 'archive');
  await watch.look();
  expect([watch.lag, told]).toEqual([undefined, 0]);
  expect(await archive()).toEqual({ name: 'archive', ok: true, detail: 'nothing waits' });
  now += 180_000;
  for (let i = 0; i < 2; i++) await watch.look();
  expect([watch.lag, told]).toEqual([{ waiting: 5, oldestAt: now - 180_000 }, 1]);
  expect(await archive()).toEqual({ name: 'archive', ok: true, detail: '5 wait, the oldest for 180 s' });
  backlog = { pending: 0, inFlight: 0 };
  await watch.look();
  expect([watch.lag, told]).toEqual([undefined, 2]);
});
