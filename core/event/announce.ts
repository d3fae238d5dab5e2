// Tells the event stream what `current` already says. One announcer a server follows `current` of every project, walks the
// chain back to the newest commit that was announced, and publishes what is missing in commit order. Its position is the
// last ProjectCurrentChanged in the stream itself, so a crash anywhere, a lost publish or a second server change nothing:
// the same events come out, with the same ids, and the stream drops what it has (I2, I10).
import { z } from 'zod';
import { type ChainedCommit, readCommit, walkChain } from '../commit/chain.ts';
import { watchCurrent } from '../commit/current.ts';
import type { NodeReader } from '../manifest/tree.ts';
import type { Clock } from '../model/clock.ts';
import type { CurrentAt } from '../model/commit.ts';
import type { FsEvent } from '../model/event.ts';
import { type ProjectName, type Sha, shaSchema, type Tenant } from '../model/ids.ts';
import { announcedKey } from '../model/index-keys.ts';
import type { Log } from '../model/log.ts';
import type { EventLog } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import { commitEvents, currentChanged, stageOf } from './commit-events.ts';
import { NewestFirst } from './newest-first.ts';

export interface AnnounceIo {
  readonly tenant: Tenant;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly nodes: NodeReader;
  readonly index: Pick<KeyValue, 'watch' | 'get' | 'put'>;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly log: Log;
}

/** Events of one publish: those of a large commit go in parts, so that a failure repeats little. */
const PUBLISH_BATCH = 1_000;

/** Runs until the signal aborts. */
export async function runAnnouncer(io: AnnounceIo, options: { readonly signal: AbortSignal }): Promise<void> {
  const lines = new Map<ProjectName, NewestFirst<CurrentAt>>();
  for await (const change of watchCurrent(io.index, '*', options)) {
    if (change.kind === 'deleted') lines.delete(change.project);
    if (change.kind === 'unreadable')
      io.log.error({ error: change.error }, `${change.key} is not readable; its project is not announced`);
    if (change.kind !== 'moved') continue;
    const line = lines.get(change.at.project) ?? lineOf(io, change.at.project, options.signal);
    lines.set(change.at.project, line);
    line.want(change.at);
  }
}

function lineOf(io: AnnounceIo, project: ProjectName, signal: AbortSignal): NewestFirst<CurrentAt> {
  return new NewestFirst({
    clock: io.clock,
    signal,
    async work(at) {
      // Asked each time: another server may have told of it meanwhile.
      await announceUpTo(io, at.current.commit_sha, await lastAnnounced(io, project));
    },
    failed(error, retryInMs) {
      io.log.warn({ project, error, retryInMs }, `events of ${project} wait: trying again in ${retryInMs / 1000} s`);
    },
  });
}

/** A commit that was told of. */
export interface Told {
  readonly sha: Sha;
  /** ISO 8601; the commit's own time */
  readonly ts: string;
}

const toldSchema = z.strictObject({ sha: shaSchema, ts: z.iso.datetime() });

/** The newest commit that was told of, as the stream says. Events age, and then the index remembers. */
export async function lastAnnounced(
  io: Pick<AnnounceIo, 'events' | 'index'>,
  project: ProjectName,
): Promise<Told | undefined> {
  const last = await io.events.last({ project, types: ['ProjectCurrentChanged'] });
  if (last?.event.type === 'ProjectCurrentChanged') return { sha: last.event.payload.commit_sha, ts: last.event.ts };
  const remembered = await io.index.get(announcedKey(project));
  return remembered && toldSchema.parse(JSON.parse(Buffer.from(remembered.value).toString('utf8')));
}

/** For when the events themselves are not in the stream (any more). */
export async function rememberAnnounced(index: Pick<KeyValue, 'put'>, project: ProjectName, told: Told): Promise<void> {
  await index.put(announcedKey(project), Buffer.from(JSON.stringify(told)));
}

/** Publishes the events of every commit after `announced` up to `head`, oldest first.
 *  @returns how many commits were announced */
export async function announceUpTo(io: AnnounceIo, head: Sha, announced: Told | undefined): Promise<number> {
  const { missing, formerly } = await unannounced(io, head, announced);
  return (await announceFormer(io, formerly)) + (await publishAll(io, missing));
}

/** A renamed project goes on from the last commit of its old name. Nobody may have told of that name's last commits before
 *  the name was given up, and its own `current` is gone. */
async function announceFormer(io: AnnounceIo, last: Untold | undefined): Promise<number> {
  if (!last) return 0;
  const announced = await lastAnnounced(io, last.project);
  const { missing, met, formerly } = await unannounced(io, last.sha, announced);
  // The name is another project's now, and what was told of this one cannot be seen any more. Telling all of a long history
  // again would be worse than the gap that reconciling closes.
  if (announced && !met) {
    io.log.warn({ ...last }, `the last commits of the former ${last.project} may not have been told`);
    return 0;
  }
  return (await announceFormer(io, formerly)) + (await publishAll(io, missing));
}

/** @param missing  newest first */
async function publishAll(io: AnnounceIo, missing: readonly Untold[]): Promise<number> {
  let last: ChainedCommit | undefined;
  for (const { sha } of missing.toReversed()) {
    const link = { sha, commit: await readCommit(io.objects, sha) };
    await publishCommit(io, link, last);
    last = link;
  }
  if (last) {
    await rememberAnnounced(io.index, last.commit.project, { sha: last.sha, ts: last.commit.ts });
  }
  return missing.length;
}

/** A commit that was not told of; a long line of them is not held in memory with all that they say. */
interface Untold {
  readonly sha: Sha;
  readonly project: ProjectName;
}

interface Unannounced {
  /** newest first */
  readonly missing: readonly Untold[];
  /** the line reaches what was told */
  readonly met: boolean;
  /** the last commit under the name that the project had before, when all of this name's are missing */
  readonly formerly?: Untold;
}

/** The commits from `head` back to the first that is `announced` or an ancestor of it. Usually that is `announced` itself,
 *  a step or two away. When `current` was set back (a restored backup, I12) the two lines meet further down, so both are
 *  walked in turns. */
async function unannounced(io: AnnounceIo, head: Sha, announced: Told | undefined): Promise<Unannounced> {
  if (head === announced?.sha) return { missing: [], met: true };
  const told = new ToldLine(io, announced);
  const missing: Untold[] = [];
  for await (const link of walkChain(io.objects, head)) {
    if (told.has(link)) return { missing, met: true };
    const untold = { sha: link.sha, project: link.commit.project };
    if (missing[0] && untold.project !== missing[0].project) return { missing, met: false, formerly: untold };
    missing.push(untold);
    const back = await told.stepBack();
    // Looked for only while the told line goes on: a whole history that nobody told of has none.
    const met = back === undefined ? -1 : missing.findIndex(({ sha }) => sha === back);
    if (met >= 0) return { missing: missing.slice(0, met), met: true };
  }
  return { missing, met: false };
}

/** The line of commits that ends with the newest one told, as far as it was walked. */
class ToldLine {
  private readonly walk: AsyncIterator<ChainedCommit> | undefined;
  private readonly shas = new Set<Sha>();
  private isLost = false;

  constructor(
    private readonly io: AnnounceIo,
    private readonly newest: Told | undefined,
  ) {
    if (!newest) return;
    this.shas.add(newest.sha);
    this.walk = walkChain(io.objects, newest.sha)[Symbol.asyncIterator]();
  }

  has({ sha, commit }: ChainedCommit): boolean {
    // Where the line cannot be read any more, time is the best guess at what it held: telling all of a long history again
    // would say it for weeks, and telling too little would leave objects without an archive.
    return this.shas.has(sha) || (this.isLost && this.newest !== undefined && commit.ts <= this.newest.ts);
  }

  /** @returns the commit that was reached; undefined at the line's end */
  async stepBack(): Promise<Sha | undefined> {
    if (this.isLost) return undefined;
    try {
      const step = await this.walk?.next();
      if (!step || step.done) return undefined;
      this.shas.add(step.value.sha);
      return step.value.sha;
    } catch (error) {
      if (!(error instanceof ObjectAbsentError)) throw error;
      this.io.log.warn({ error, newest: this.newest }, 'an announced commit is gone; going by the time of commits');
      this.isLost = true;
      return undefined;
    }
  }
}

/** @param previous  the commit that was published before it: usually its parent */
async function publishCommit(io: AnnounceIo, link: ChainedCommit, previous: ChainedCommit | undefined): Promise<void> {
  let batch: FsEvent[] = [];
  const publishBatch = async () => {
    await io.events.publish(batch);
    batch = [];
  };
  try {
    const parentSha = link.commit.parents[0];
    const isKnown = previous && previous.sha === parentSha;
    const parent = isKnown ? previous.commit : parentSha && (await readCommit(io.objects, parentSha));
    for await (const event of commitEvents(io.nodes, io.tenant, link, parent)) {
      // I10: of events that are published together, one may fail and those after it be in.
      const mustWait = batch[0] && stageOf(batch[0]) < stageOf(event);
      if (mustWait || batch.length === PUBLISH_BATCH) await publishBatch();
      batch.push(event);
    }
  } catch (error) {
    if (!(error instanceof ObjectAbsentError)) throw error;
    // Its content, or its parent's, is not kept any more: what it changed cannot be told, that it was made can.
    io.log.warn({ error, commit: link.sha }, 'a commit is told without its paths: its manifest is not kept any more');
    batch = [currentChanged(io.tenant, link, 'untold')];
  }
  await publishBatch();
}
