// The feeds of all workspaces of an agent, and the readers that follow them. A feed outlives the closing of its workspace,
// so that a reader is not sent away by a fault that mends itself.
import type { Clock } from '../../core/model/clock.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import { Feed, type FeedLimits } from './feed.ts';
import type { FeedEvent } from './feed-event.ts';
import { type FeedPlace, Sequence } from './feed-place.ts';

/** About 5,000 single saves a workspace, or the events of some 20 commits of many files each. */
const LIMITS: FeedLimits = { events: 5_000, bytes: 2 * 1024 * 1024 };
const BATCH = 64;

/** An event and where a reader stands after it. */
export interface Item {
  readonly place: FeedPlace;
  readonly event: FeedEvent;
}

export interface FollowOptions {
  /** the last event that the reader has; undefined: only what comes from now on */
  readonly after?: FeedPlace | undefined;
  /** which workspaces; default: all */
  readonly wants?: (spec: WorkspaceSpec) => boolean;
}

export class Feeds {
  readonly sequence = new Sequence();
  readonly #clock: Clock;
  readonly #limits: FeedLimits;
  readonly #feeds = new Map<string, Feed>();
  readonly #waiters = new Set<() => void>();
  readonly #listeners = new Set<(event: FeedEvent) => void>();

  constructor(clock: Clock, limits: FeedLimits = LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** The feed of a workspace, made at the first call. */
  of(spec: WorkspaceSpec): Feed {
    const key = keyOf(spec);
    const known = this.#feeds.get(key);
    if (known) return known;
    const feed = new Feed(spec, {
      clock: this.#clock,
      sequence: this.sequence,
      limits: this.#limits,
      published: (event) => {
        for (const listener of this.#listeners) listener(event);
        for (const waiter of [...this.#waiters]) waiter();
      },
    });
    this.#feeds.set(key, feed);
    return feed;
  }

  /** The workspace is not the node's any more. */
  remove(spec: WorkspaceSpec): void {
    this.#feeds.delete(keyOf(spec));
  }

  list(): Feed[] {
    return [...this.#feeds.values()];
  }

  follow(options: FollowOptions = {}): Follower {
    return new Follower(this, options);
  }

  /** Called within the publishing, so that nothing is recorded as told before the listener has it.
   *  @returns what ends it */
  listen(listener: (event: FeedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the next event, or when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiters.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

const keyOf = ({ project, root, prefix }: WorkspaceSpec): string => `${project}\0${root}\0${prefix ?? ''}`;

/** A place in the feeds that moves on. Where events were dropped before they were read, a `reset` stands in for them. */
export class Follower {
  readonly #feeds: Feeds;
  readonly #wants: (spec: WorkspaceSpec) => boolean;
  #resets: Item[] = [];
  #at: number;
  #started = false;

  constructor(feeds: Feeds, { after, wants = () => true }: FollowOptions) {
    this.#feeds = feeds;
    this.#wants = wants;
    const number = after === undefined ? feeds.sequence.last : feeds.sequence.numberOf(after);
    this.#at = number ?? feeds.sequence.last;
    if (number === undefined && after !== undefined) this.#resets = this.#restarted(after);
  }

  /** Where to go on from when all that was returned has been taken. */
  get place(): FeedPlace {
    return this.#feeds.sequence.placeOf(this.#at);
  }

  /** @returns the next events, at least one; none when the signal aborted */
  async next(signal: AbortSignal): Promise<Item[]> {
    while (!signal.aborted) {
      const items = this.#take();
      if (items.length > 0) return items;
      await this.#feeds.changed(signal);
    }
    return [];
  }

  /** Only after the last of the resets does the reader stand at a place of this run: before, it asks for all again. */
  #restarted(after: FeedPlace): Item[] {
    const feeds = this.#selected();
    return feeds.map((feed, i) => ({
      place: i === feeds.length - 1 ? this.place : after,
      event: feed.eventOf(this.place, { type: 'reset', reason: 'restarted' }),
    }));
  }

  #take(): Item[] {
    const resets = this.#resets;
    this.#resets = [];
    const found: { number: number; event: FeedEvent }[] = [];
    for (const feed of this.#selected()) {
      const { droppedTo } = feed;
      if (droppedTo > this.#at) {
        const id = this.#feeds.sequence.placeOf(droppedTo);
        const reason = this.#started ? 'too-slow' : 'too-old';
        found.push({ number: droppedTo, event: feed.eventOf(id, { type: 'reset', reason }) });
      }
      found.push(...feed.after(this.#at, BATCH));
    }
    this.#started = true;
    const next = found.sort((a, b) => a.number - b.number).slice(0, BATCH);
    const last = next.at(-1);
    // With nothing to give, what was published for others is behind this reader too.
    this.#at = last ? last.number : this.#feeds.sequence.last;
    return [...resets, ...next.map(({ number, event }) => ({ place: this.#feeds.sequence.placeOf(number), event }))];
  }

  #selected(): Feed[] {
    return this.#feeds.list().filter(({ spec }) => this.#wants(spec));
  }
}
