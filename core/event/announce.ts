// Tells the event stream what `current` already says. One announcer a server follows `current` of every project, walks the
// chain back to the newest commit that was announced, and publishes what is missing in commit order. Its position is the
// last ProjectCurrentChanged in the stream itself, so a crash anywhere, a lost publish or a second server change nothing:
// the same events come out, with the same ids, and the stream drops what it has (I2, I10).
import { type ChainedCommit, readCommit, walkChain } from '../commit/chain.ts';
import { watchCurrent } from '../commit/current.ts';
import type { NodeReader } from '../manifest/tree.ts';
import type { Clock } from '../model/clock.ts';
import type { CurrentAt } from '../model/commit.ts';
import type { ProjectName, Sha, Tenant } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import type { EventLog } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { commitEvents } from './commit-events.ts';

export interface AnnounceIo {
  readonly tenant: Tenant;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly nodes: NodeReader;
  readonly index: Pick<KeyValue, 'watch'>;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly log: Log;
}

/** After a failure a project is tried again after 1 s, 2 s, 4 s … up to this. */
const RETRY_MAX_MS = 30_000;
/** Events that one publish carries; bounds memory when a commit brings a million paths. */
const PUBLISH_BATCH = 1_000;

/** Runs until the signal aborts. */
export async function runAnnouncer(io: AnnounceIo, options: { readonly signal: AbortSignal }): Promise<void> {
  const lines = new Map<ProjectName, ProjectLine>();
  for await (const change of watchCurrent(io.index, '*', options)) {
    if (change.kind === 'deleted') lines.delete(change.project);
    if (change.kind !== 'moved') continue;
    const line = lines.get(change.at.project) ?? new ProjectLine(io, change.at.project, options.signal);
    lines.set(change.at.project, line);
    line.want(change.at);
  }
}

/** One project's announcements, one at a time; only the newest `current` is kept while one is under way. */
class ProjectLine {
  private wanted: CurrentAt | undefined;
  private running = false;
  /** the newest commit that is in the stream; unknown until it was read from there */
  private announced: Sha | undefined;

  constructor(
    private readonly io: AnnounceIo,
    private readonly project: ProjectName,
    private readonly signal: AbortSignal,
  ) {}

  want(at: CurrentAt): void {
    this.wanted = at;
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    let failures = 0;
    while (this.wanted && !this.signal.aborted) {
      const at = this.wanted;
      try {
        this.announced ??= await lastAnnounced(this.io.events, this.project);
        await announceUpTo(this.io, at.current.commit_sha, this.announced);
        this.announced = at.current.commit_sha;
        if (this.wanted === at) this.wanted = undefined;
        failures = 0;
      } catch (error) {
        // What was published before the failure is in the stream: ask it again.
        this.announced = undefined;
        const delayMs = Math.min(RETRY_MAX_MS, 1_000 * 2 ** failures++);
        this.io.log.warn(
          { project: this.project, error, delayMs },
          `events of ${this.project} wait: trying again in ${delayMs / 1000} s`,
        );
        await this.io.clock.sleep(delayMs, this.signal).catch(() => undefined);
      }
    }
    this.running = false;
  }
}

export async function lastAnnounced(events: EventLog, project: ProjectName): Promise<Sha | undefined> {
  const last = await events.last({ project, types: ['ProjectCurrentChanged'] });
  return last?.event.type === 'ProjectCurrentChanged' ? last.event.payload.commit_sha : undefined;
}

/** Publishes the events of every commit after `announced` up to `head`, oldest first.
 *  @returns how many commits were announced */
export async function announceUpTo(io: AnnounceIo, head: Sha, announced: Sha | undefined): Promise<number> {
  const missing = await unannounced(io, head, announced);
  for (const link of missing.reverse()) await publishCommit(io, link);
  return missing.length;
}

/** The commits from `head` back to the first that is `announced` or an ancestor of it, newest first. Usually that is
 *  `announced` itself, a step or two away. When `current` was set back (a restored backup, I12) the two lines meet
 *  further down, so both are walked in turns. */
async function unannounced(io: AnnounceIo, head: Sha, announced: Sha | undefined): Promise<ChainedCommit[]> {
  const line = walkChain(io.objects, head)[Symbol.asyncIterator]();
  const told = announced ? walkChain(io.objects, announced)[Symbol.asyncIterator]() : undefined;
  const toldShas = new Set<Sha>(announced ? [announced] : []);
  const missing: ChainedCommit[] = [];
  let toldEnded = told === undefined;
  for (;;) {
    const step = await line.next();
    if (step.done || toldShas.has(step.value.sha)) return missing;
    // Behind the first commit of a renamed project lie those of its old name, which were told under that.
    if (missing[0] && step.value.commit.project !== missing[0].commit.project) return missing;
    missing.push(step.value);
    if (toldEnded) continue;
    const back = await told?.next().catch((error: unknown) => {
      io.log.warn(
        { error, announced },
        'an announced commit is not readable any more; its line is followed no further',
      );
      return undefined;
    });
    if (!back || back.done) {
      toldEnded = true;
      continue;
    }
    toldShas.add(back.value.sha);
    const met = missing.findIndex((link) => link.sha === back.value.sha);
    if (met >= 0) return missing.slice(0, met);
  }
}

async function publishCommit(io: AnnounceIo, link: ChainedCommit): Promise<void> {
  const parentSha = link.commit.parents[0];
  const parent = parentSha ? await readCommit(io.objects, parentSha) : undefined;
  const events = await commitEvents(io.nodes, io.tenant, link, parent);
  for (let start = 0; start < events.length; start += PUBLISH_BATCH) {
    await io.events.publish(events.slice(start, start + PUBLISH_BATCH));
  }
}
