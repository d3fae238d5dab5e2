// The server's part in the lifecycle: the standing archiver, the jobs that it shares with other servers, and when jobs come
// by themselves.
import { randomUUID } from 'node:crypto';
import type { ColdProofs } from '../core/commit/cold-proofs.ts';
import type { JobHandlers } from '../core/job/job-context.ts';
import { runJobs } from '../core/job/run-jobs.ts';
import { runSchedules, type Schedule } from '../core/job/schedule.ts';
import { tellJob } from '../core/job/tell-job.ts';
import { archiveJob } from '../core/lifecycle/archive-job.ts';
import { deactivateJob } from '../core/lifecycle/deactivate-job.ts';
import { evictJob } from '../core/lifecycle/evict-job.ts';
import { anyProjectEvicts } from '../core/lifecycle/evict-overrides.ts';
import type { EvictRules } from '../core/lifecycle/plan-evict.ts';
import { promoteJob } from '../core/lifecycle/promote-job.ts';
import { reconcileJob } from '../core/lifecycle/reconcile-job.ts';
import { repairJob } from '../core/lifecycle/repair-job.ts';
import { restoreJob } from '../core/lifecycle/restore-job.ts';
import { scrubJob } from '../core/lifecycle/scrub-job.ts';
import { sweepJob } from '../core/lifecycle/sweep-job.ts';
import type { NodeReader } from '../core/manifest/tree.ts';
import type { Sha } from '../core/model/ids.ts';
import type { EventLog } from '../core/store/event-log.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { ObjectArchiver } from '../core/tier/archive-object.ts';
import { runArchiver } from '../core/tier/archiver.ts';
import { transferAtOnce, transferBudget } from '../core/tier/at-once.ts';
import { Claims } from '../core/tier/claims.ts';
import { DeadLetters } from '../core/tier/dead-letters.ts';
import { followDeletions } from '../core/tier/follow-deletions.ts';
import type { Wanted } from '../core/tier/heal.ts';
import type { Prove } from '../core/tier/nats-cold-proofs.ts';
import { Rehydrator } from '../core/tier/rehydrate.ts';
import { RestorePoints } from '../core/tier/restore-points.ts';
import type { TierIo } from '../core/tier/tier-io.ts';
import type { Health } from './health.ts';
import type { ServerSettings } from './settings.ts';

export interface LifecycleParts {
  readonly tiers: TierIo;
  /** for a walk over all nodes, which passes each once and must not empty the cache that pages live on */
  readonly nodesOnce: NodeReader;
  readonly events: EventLog;
  /** where jobs are recorded */
  readonly jobs: KeyValue;
  /** what nodes are and are asked to be */
  readonly nodes: KeyValue;
  /** what nodes have */
  readonly wanted: Wanted;
  /** who proves what a commit of a strict project brings */
  readonly proofs: ColdProofs;
  /** milliseconds since 1970; undefined: nobody has read it, as far as is known */
  readonly lastRead: (sha: Sha) => number | undefined;
  /** told how long an object took that was brought back from cold */
  readonly rehydrated: (ms: number) => void;
  readonly health: Pick<Health, 'coldWorked' | 'coldFailed'>;
  /** @throws StrangeColdError */
  readonly requireOwnCold: () => Promise<void>;
  readonly settings: Pick<ServerSettings, 'FS_HOT_HIGH_BYTES' | 'FS_HOT_LOW_BYTES' | 'FS_EVICT_IDLE_DAYS'>;
}

export interface Lifecycle {
  readonly rehydrator: Rehydrator;
  /** who works on which object, among all servers */
  readonly claims: Claims;
  /** Each of these runs until the signal aborts. */
  archive(signal: AbortSignal): Promise<void>;
  followDeletions(signal: AbortSignal): Promise<void>;
  /** what strict commits wait for */
  readonly prove: Prove;
  runJobs(signal: AbortSignal): Promise<void>;
  /** the jobs that come by themselves */
  readonly schedules: readonly Schedule[];
  runSchedules(signal: AbortSignal): Promise<void>;
}

/** Items that a server has out; how many are on their way follows from their bytes. */
const ARCHIVE_CONCURRENCY = 64;
const JOB_CONCURRENCY = 4;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LOW_SHARE = 0.9;
/** of all objects a day: each is read again within a month */
const SCRUB_SHARE = 1 / 30;

/** @param ending  of the server */
export function openLifecycle(parts: LifecycleParts, ending: AbortSignal): Lifecycle {
  const {
    tiers,
    nodesOnce,
    events,
    jobs,
    nodes,
    wanted,
    proofs,
    lastRead,
    rehydrated,
    health,
    requireOwnCold,
    settings,
  } = parts;
  const { clock, log, tenant } = tiers;
  const instance = randomUUID();
  const claims = new Claims(jobs, instance, clock);
  const archiver = new ObjectArchiver(tiers, claims);
  const points = new RestorePoints(tiers, archiver, claims);
  const rehydrator = new Rehydrator(tiers, claims, rehydrated);
  const dead = new DeadLetters(jobs, clock);
  const rules = evictRules(settings);
  const healing = { tiers, archiver, rehydrator, wanted };
  const handlers: JobHandlers = {
    archive: archiveJob({ tiers, archiver, points, dead }),
    evict: evictJob({ tiers, rules, lastRead }),
    deactivate: deactivateJob({ tiers, archiver, points, dead, nodes }),
    reconcile: reconcileJob({ tiers, archiver, points, dead }),
    repair: repairJob({ ...healing, points, dead }),
    scrub: scrubJob(healing),
    sweep: sweepJob({ tiers: { ...tiers, nodes: nodesOnce }, records: jobs, claims }),
    promote: promoteJob({ tiers, rehydrator }),
    restore: restoreJob({ tiers, rehydrator, proofs }),
  };
  const evicts = async () => rules.water !== undefined || rules.idleMs !== undefined || (await anyProjectEvicts(tiers));
  const schedules: Schedule[] = [
    { task: { kind: 'sweep' }, everyMs: DAY_MS },
    { task: { kind: 'reconcile' }, everyMs: DAY_MS },
    { task: { kind: 'scrub', share: SCRUB_SHARE }, everyMs: DAY_MS },
    { task: { kind: 'evict', by: 'policy' }, everyMs: HOUR_MS, isWanted: evicts },
  ];
  // However many strict commits wait: what they ask for and what the stream brings share one memory.
  const budget = transferBudget();
  return {
    rehydrator,
    claims,
    archive: (signal) =>
      runArchiver(
        { events, clock, log, archiver, points, dead },
        {
          concurrency: ARCHIVE_CONCURRENCY,
          budget,
          signal,
          onOutcome: (outcome) => {
            if (outcome.kind === 'waiting') health.coldFailed(outcome.error, outcome.retryInMs);
            else health.coldWorked();
          },
        },
      ),
    prove: async (project, objects, freshness) => {
      const believed = freshness === 'fresh' ? 'head' : 'record';
      await requireOwnCold();
      await transferAtOnce(
        objects,
        ending,
        async ({ sha, size, mime }) => {
          await archiver.archive({ sha, sizeBytes: size, mime, project }, ending, believed);
        },
        budget,
      );
    },
    followDeletions: (signal) => followDeletions({ ...tiers, points }, signal),
    runJobs: (signal) =>
      runJobs(
        { records: jobs, clock, log, tell: (job) => tellJob(events, tenant, job), mayWork: requireOwnCold },
        handlers,
        {
          instance,
          concurrency: JOB_CONCURRENCY,
          signal,
        },
      ),
    schedules,
    runSchedules: (signal) => runSchedules({ records: jobs, clock, log }, schedules, signal),
  };
}

function evictRules(settings: LifecycleParts['settings']): EvictRules {
  const { FS_HOT_HIGH_BYTES: highBytes, FS_HOT_LOW_BYTES: lowBytes, FS_EVICT_IDLE_DAYS: days } = settings;
  return {
    ...(highBytes === undefined
      ? {}
      : { water: { highBytes, lowBytes: lowBytes ?? Math.floor(highBytes * LOW_SHARE) } }),
    ...(days === undefined ? {} : { idleMs: days * DAY_MS }),
  };
}
