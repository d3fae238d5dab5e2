// The port of the event stream: ordered, deduplicated by id, read by cursor (seq) or consumed durably as work.
import type { EventType, FsEvent } from '../model/event.ts';
import type { ProjectName } from '../model/ids.ts';

/** What is published again within this time is not doubled: ids are known for so long. */
export const REPEATS_KNOWN_MS = 10 * 60_000;

export interface LoggedEvent {
  /** stream seq: the cursor */
  readonly seq: number;
  readonly event: FsEvent;
}

/** The newest event is none that this version knows, and so it is not known what it says: a newer version published it. */
export class UnknownEventError extends Error {
  override name = 'UnknownEventError';
  constructor(
    /** stream seq */
    readonly seq: number,
    readonly subject: string,
  ) {
    super(`event ${seq} (${subject}) is not known to this version: update this server to the newest one that runs`);
  }
}

export interface EventFilter {
  readonly project?: ProjectName;
  readonly types?: readonly EventType[];
}

export type EventDelivery =
  | ({ readonly kind: 'event' } & LoggedEvent)
  /** all that was in the stream at the start has been delivered; sent once */
  | { readonly kind: 'caught-up' }
  /** `afterSeq` is older than the oldest event kept: what lies between is gone, and the reader is told */
  | { readonly kind: 'gap'; readonly firstSeq: number };

/** One piece of durable work. Exactly one of the three is called. */
export interface WorkItem extends LoggedEvent {
  /** 1 for the first delivery */
  readonly attempt: number;
  done(): Promise<void>;
  retry(delayMs: number): Promise<void>;
  /** Long work: says that it is still alive. */
  working(): void;
}

export interface Backlog {
  /** never handed out yet */
  readonly pending: number;
  readonly inFlight: number;
  /** the oldest event that is not done, by its seq and its `ts`; undefined: all are */
  readonly oldest?: { readonly seq: number; readonly ts: string };
}

export interface EventLog {
  /** Publishes in order; an id that is in the stream's duplicate window already is dropped by the server.
   *  @throws StoreUnavailableError  any of them may be in, later ones without earlier ones too: publish all again. An event
   *  that others must never be without goes into a `publish` of its own, before theirs. */
  publish(events: readonly FsEvent[]): Promise<void>;

  /** The newest event that matches, or undefined when there is none. `types` has at most one type here.
   *  @throws UnknownEventError, StoreUnavailableError  what the newest is, or whether there is one, is unknown */
  last(filter: EventFilter): Promise<LoggedEvent | undefined>;

  /** Events after `afterSeq` (0 = from the oldest kept) in stream order, then as they come, until the signal aborts.
   *  Survives reconnects without a gap or a repeat. */
  read(options: {
    readonly afterSeq: number;
    readonly filter?: EventFilter;
    readonly signal: AbortSignal;
  }): AsyncIterable<EventDelivery>;

  /** A durable consumer shared by all servers: each item goes to one of them, and again after `retry` or a crash. */
  work(options: {
    readonly durable: string;
    /** absent: all */
    readonly types?: readonly EventType[] | undefined;
    /** absent: all, and what belongs to none */
    readonly projects?: readonly ProjectName[] | undefined;
    /** where a durable begins that is not there yet, 0 = with the oldest kept; the same for as long as it is. Default 0 */
    readonly afterSeq?: number;
    /** Over all servers one item is out at a time, so that they are done in stream order. Default false */
    readonly isOneByOne?: boolean;
    /** most items out at once */
    readonly maxInFlight: number;
    /** an item with no answer for this long is given out again */
    readonly ackWaitMs: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<WorkItem>;

  /** What a durable consumer still has to do. */
  backlog(durable: string): Promise<Backlog>;

  /** Nobody works under this name any more: what it had done is forgotten. Absent already is fine. */
  endWork(durable: string): Promise<void>;
}
