import { changePolicy } from '../commit/policy.ts';
import { type JobHandler, JobReport, type PlanTotals } from '../job/job-context.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { type Clock, isoTime } from '../model/clock.ts';
import type { FsEvent } from '../model/event.ts';
import { parseTenant, type Sha, shaOf } from '../model/ids.ts';
import type { JobKind, JobTask, TaskOf } from '../model/job.ts';
import { silentLog } from '../model/log.ts';
import type { ColdStore } from '../store/cold-store.ts';
import { type MemoryColdOptions, type MemoryColdStore, memoryColdStore } from '../store/memory-cold-store.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { ACTOR, commitText, newProject, PROJECT } from '../testing/test-project.ts';
import { ObjectArchiver } from '../tier/archive-object.ts';
import { Claims } from '../tier/claims.ts';
import { DeadLetters } from '../tier/dead-letters.ts';
import type { Wanted } from '../tier/heal.ts';
import { Rehydrator } from '../tier/rehydrate.ts';
import { RestorePoints } from '../tier/restore-points.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { archiveJob } from './archive-job.ts';
import { deactivateJob } from './deactivate-job.ts';
import { evictJob } from './evict-job.ts';
import type { EvictRules } from './plan-evict.ts';
import { promoteJob } from './promote-job.ts';
import { reconcileJob } from './reconcile-job.ts';
import { repairJob } from './repair-job.ts';
import { restoreJob } from './restore-job.ts';
import { scrubJob } from './scrub-job.ts';
import { sweepJob } from './sweep-job.ts';

/** All that jobs write goes through it, so that a test can stop a server after its n-th write. */
export type Writing = <T>(act: () => Promise<T>) => Promise<T>;
const unhindered: Writing = (act) => act();

interface WorksOptions {
  readonly rules?: EvictRules;
  readonly writing?: Writing;
}

export async function works(options: WorksOptions & MemoryColdOptions = {}) {
  let now = Date.UTC(2026, 0, 1);
  // It gives way to what really takes its time, such as compression.
  const clock = { now: () => now, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const cold: MemoryColdStore = memoryColdStore(parseTenant('default'), { ...options, clock });
  return { ...(await worksOn(cold, { ...options, clock })), pass: (ms: number) => (now += ms) };
}

/** Jobs on hot in memory, and on the cold tier that a test brings. */
export async function worksOn<C extends ColdStore>(
  cold: C,
  { rules = {}, writing = unhindered, clock }: WorksOptions & { readonly clock: Clock },
) {
  const hot = memoryObjectStore({ clock });
  const told: FsEvent[] = [];
  const index = memoryKeyValue();
  const tiers: TierIo = {
    tenant: parseTenant('default'),
    hot: {
      ...hot,
      put: (...args) => writing(() => hot.put(...args)),
      delete: (...args) => writing(() => hot.delete(...args)),
    },
    cold: {
      ...cold,
      put: (...args) => writing(() => cold.put(...args)),
      delete: (...args) => writing(() => cold.delete(...args)),
      putDocument: (...args) => writing(() => cold.putDocument(...args)),
    },
    nodes: objectNodes(hot),
    index: {
      ...index,
      put: (...args) => writing(() => index.put(...args)),
      compareAndSet: (...args) => writing(() => index.compareAndSet(...args)),
      delete: (...args) => writing(() => index.delete(...args)),
    },
    events: {
      publish: (events) =>
        writing(async () => {
          told.push(...events);
        }),
    },
    clock,
    log: silentLog,
  };
  const io = { objects: hot, nodes: tiers.nodes, index, clock };
  await newProject(io);
  const claims = new Claims(memoryKeyValue(), 'server-1', clock);
  const archiver = new ObjectArchiver(tiers, claims);
  const points = new RestorePoints(tiers, archiver, claims);
  const dead = new DeadLetters(memoryKeyValue(), clock);
  const reads = new Map<Sha, number>();
  const rehydrator = new Rehydrator(tiers, claims);
  /** what nodes hold, and put when they are asked */
  const onNodes = new Set<string>();
  const textOf = (sha: Sha) => [...onNodes].find((text) => shaOf(text) === sha);
  const wanted: Wanted = {
    isHeld: async (sha) => textOf(sha) !== undefined,
    put: async (sha) => {
      const text = textOf(sha);
      if (text !== undefined) await hot.put(sha, text.length, Buffer.from(text));
      return text !== undefined;
    },
  };
  const healing = { tiers, archiver, rehydrator, wanted };
  const nodes = memoryKeyValue();
  const handlers = {
    archive: archiveJob({ tiers, archiver, points, dead }),
    evict: evictJob({ tiers, rules, lastRead: (sha) => reads.get(sha) }),
    deactivate: deactivateJob({ tiers, archiver, points, dead, nodes }),
    reconcile: reconcileJob({ tiers, archiver, points, dead }),
    repair: repairJob({ ...healing, points, dead }),
    scrub: scrubJob(healing),
    sweep: sweepJob({ tiers, records: memoryKeyValue(), claims }),
    promote: promoteJob({ tiers, rehydrator }),
    restore: restoreJob({ tiers, rehydrator, proofs: { ask: async () => ({ kind: 'proven' }) } }),
  };
  async function run<K extends keyof typeof handlers & JobKind>(
    task: TaskOf<K>,
    {
      dryRun = false,
      seen,
      started = isoTime(clock.now()),
    }: { readonly dryRun?: boolean; readonly seen?: PlanTotals; readonly started?: string } = {},
  ) {
    const report = new JobReport(seen);
    const handler = handlers[(task as JobTask).kind as K] as unknown as JobHandler<K>;
    const sentence = await handler({
      id: 'a-job',
      task,
      started,
      dryRun,
      actor: ACTOR,
      signal: new AbortController().signal,
      report,
    });
    return { sentence, ...report.fields };
  }
  const write = (path: string, text: string) => commitText(io, path, text);
  const isHot = async (text: string) => (await hot.stat(shaOf(text))).kind === 'present';
  const keepLittle = { keep_all_ms: 0, hourly_ms: 0, daily_ms: 0, weekly_ms: 0, last: 1 };
  const forgetSoon = () => changePolicy(index, PROJECT, (policy) => ({ ...policy, retention: keepLittle }));
  const isCold = async (text: string) => (await cold.check(shaOf(text), { sizeBytes: text.length })).kind === 'proven';
  return {
    claims,
    nodes,
    onNodes,
    forgetSoon,
    isCold,
    points,
    archiver,
    rehydrator,
    tiers,
    clock,
    io,
    hot,
    cold,
    told,
    run,
    write,
    isHot,
    reads,
    dead,
  };
}
