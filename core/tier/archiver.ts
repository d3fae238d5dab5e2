// The archiver: follows what was created and committed, and brings it to cold. A work item is acknowledged only after the
// proof; what time may mend is tried again with backoff, so that cold being away costs nothing but lag. What time does not
// mend (bytes that are gone or damaged in hot) goes to the dead letters, where a person sees it and can have it tried again.
import { messageOf } from '../model/message-of.ts';
import type { ByteBudget } from '../store/byte-budget.ts';
import type { EventLog, WorkItem } from '../store/event-log.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';
import { ARCHIVER, type ObjectArchiver } from './archive-object.ts';
import { transferBudget, transferWeight } from './at-once.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { RestorePoints } from './restore-points.ts';
import type { TierIo } from './tier-io.ts';

export interface ArchiveIo extends Pick<TierIo, 'clock' | 'log'> {
  readonly events: Pick<EventLog, 'work' | 'backlog'>;
  readonly archiver: ObjectArchiver;
  readonly points: RestorePoints;
  readonly dead: DeadLetters;
}

export interface ArchiveOptions {
  /** items out at once; of these so many are on their way as their bytes allow */
  readonly concurrency: number;
  /** shared with others who move objects at the same time; absent: one of its own */
  readonly budget?: ByteBudget;
  readonly signal: AbortSignal;
  /** told of each outcome, so that the server can say why it lags */
  readonly onOutcome?: (outcome: ArchiveOutcome) => void;
}

export type ArchiveOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting'; readonly error: unknown; readonly retryInMs: number }
  | { readonly kind: 'dead'; readonly error: unknown };

/** An item whose server is gone is another's after this, as a job is. */
const ACK_WAIT_MS = 15_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** A copy that is not there, or not right, is looked for so often: a lagging replica may not have it yet. */
const TRIES_FOR_BYTES = 4;

/** A commit's objects come before it in the stream, and may be on their way in another server: it waits for them so often
 *  before it looks after them itself. */
const TRIES_FOR_OTHERS = 2;
const OTHERS_MS = 500;

/** Runs until the signal aborts; returns when the items under way have ended. */
export async function runArchiver(io: ArchiveIo, options: ArchiveOptions): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const budget = options.budget ?? transferBudget();
  const work = io.events.work({
    durable: ARCHIVER,
    types: ['ObjectCreated', 'ProjectCurrentChanged'],
    maxInFlight: options.concurrency,
    ackWaitMs: ACK_WAIT_MS,
    signal: options.signal,
  });
  for await (const item of work) {
    const handled = handle(io, item, budget, options).finally(() => underWay.delete(handled));
    underWay.add(handled);
    if (underWay.size >= options.concurrency) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

async function handle(
  io: ArchiveIo,
  item: WorkItem,
  budget: ByteBudget,
  { onOutcome, signal }: ArchiveOptions,
): Promise<void> {
  const alive = setInterval(() => item.working(), ACK_WAIT_MS / 3);
  const weight = transferWeight(item.event.type === 'ObjectCreated' ? item.event.payload.size : 0);
  await budget.take(weight);
  try {
    signal.throwIfAborted();
    if (await isBeforeItsObjects(io, item)) return await item.retry(OTHERS_MS * item.attempt);
    await archiveItem(io, item, signal);
    await item.done();
    onOutcome?.({ kind: 'done' });
  } catch (error) {
    // Another server, or this one after its start, goes on at once.
    if (signal.aborted) return await item.retry(0).catch(() => undefined);
    if (item.attempt >= triesOf(item) && (await buried(io, item, error))) return onOutcome?.({ kind: 'dead', error });
    const retryInMs = backoffMs(item.attempt);
    io.log.warn({ error, seq: item.seq, attempt: item.attempt, retryInMs }, `archive waits: ${messageOf(error)}`);
    onOutcome?.({ kind: 'waiting', error, retryInMs });
    // When even this fails, the stream gives the item out again after its ack wait.
    await item.retry(retryInMs).catch(() => undefined);
  } finally {
    budget.give(weight);
    clearInterval(alive);
  }
}

async function isBeforeItsObjects({ events }: ArchiveIo, { event, attempt, seq }: WorkItem): Promise<boolean> {
  if (event.type !== 'ProjectCurrentChanged' || attempt > TRIES_FOR_OTHERS) return false;
  const { oldest } = await events.backlog(ARCHIVER);
  return oldest !== undefined && oldest.seq < seq;
}

/** What a commit waits for its objects takes none of its own tries. */
const triesOf = ({ event }: WorkItem): number =>
  event.type === 'ProjectCurrentChanged' ? TRIES_FOR_OTHERS + TRIES_FOR_BYTES : TRIES_FOR_BYTES;

async function archiveItem({ archiver, points }: ArchiveIo, { event }: WorkItem, signal: AbortSignal): Promise<void> {
  if (event.type === 'ObjectCreated') {
    const { sha, size, mime } = event.payload;
    const broughtAt = Date.parse(event.ts);
    await archiver.archive({ sha, sizeBytes: size, mime, project: event.project, broughtAt }, signal);
  }
  // Cold can rebuild a project only with its manifest nodes and commits; they follow their objects.
  if (event.type === 'ProjectCurrentChanged' && event.project) {
    const result = await points.advance(event.project, signal);
    // The point has moved; what it lacks is looked for a few times more, and then told as any other lost object.
    if (result.kind !== 'no-project' && result.lost) throw result.lost;
  }
}

/** @returns true when no try will help, and it is kept for a person to see */
async function buried({ dead, log }: ArchiveIo, item: WorkItem, error: unknown): Promise<boolean> {
  if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) return false;
  const { event, seq, attempt } = item;
  try {
    await dead.bury({ sha: error.sha, project: event.project, reason: error.message, attempts: attempt });
    await item.done();
  } catch (failure) {
    log.debug({ error: failure, seq }, 'a dead letter could not be kept yet');
    return false;
  }
  log.error({ error, seq, attempt }, `archive gives up on ${error.sha.slice(0, 12)}: ${error.message}`);
  return true;
}

function backoffMs(attempt: number): number {
  const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (attempt - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}
