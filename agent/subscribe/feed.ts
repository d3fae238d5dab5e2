// The newest events of one workspace, in memory and bounded. Readers keep a place in it and no queue of their own, so that
// however many there are, and however slow, they take no memory.
import { type Clock, isoTime } from '../../core/model/clock.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import type { FeedBody, FeedEvent } from './feed-event.ts';
import type { FeedPlace, Sequence } from './feed-place.ts';

export interface FeedLimits {
  /** events kept a workspace */
  readonly events: number;
  /** bytes of JSON kept a workspace; the newest event is kept whatever its size */
  readonly bytes: number;
}

export interface Kept {
  readonly number: number;
  readonly event: FeedEvent;
  readonly bytes: number;
}

export class Feed {
  readonly spec: WorkspaceSpec;
  /** the newest commit that is whole on disk, as whoever announces it knows */
  wholeAt: () => Sha | null = () => null;
  readonly #clock: Clock;
  readonly #sequence: Sequence;
  readonly #limits: FeedLimits;
  readonly #published: (event: FeedEvent) => void;
  #kept: Kept[] = [];
  #bytes = 0;
  /** the newest event that is not kept any more. What came before a feed was made may have been of an earlier one. */
  #droppedTo: number;

  constructor(
    spec: WorkspaceSpec,
    options: { clock: Clock; sequence: Sequence; limits: FeedLimits; published: (event: FeedEvent) => void },
  ) {
    this.spec = spec;
    this.#clock = options.clock;
    this.#sequence = options.sequence;
    this.#limits = options.limits;
    this.#published = options.published;
    this.#droppedTo = options.sequence.last;
  }

  get droppedTo(): number {
    return this.#droppedTo;
  }

  publish(body: FeedBody): FeedEvent {
    const number = this.#sequence.next();
    const event = this.eventOf(this.#sequence.placeOf(number), body);
    const bytes = JSON.stringify(event).length;
    this.#kept.push({ number, event, bytes });
    this.#bytes += bytes;
    this.#trim();
    this.#published(event);
    return event;
  }

  /** An event for one reader, which is not kept. */
  eventOf(id: FeedPlace, body: FeedBody): FeedEvent {
    const { project, prefix, root } = this.spec;
    const ts = isoTime(this.#clock.now());
    return { id, ts, project, ...(prefix !== undefined && { prefix }), root, ...body };
  }

  /** Events after a number, the oldest first. */
  after(number: number, limit: number): readonly Kept[] {
    const kept = this.#kept;
    let [low, high] = [0, kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((kept[middle]?.number ?? 0) > number) high = middle;
      else low = middle + 1;
    }
    return kept.slice(low, low + limit);
  }

  #trim(): void {
    let drop = 0;
    while (
      this.#kept.length - drop > 1 &&
      (this.#kept.length - drop > this.#limits.events || this.#bytes > this.#limits.bytes)
    ) {
      const oldest = this.#kept[drop++];
      this.#bytes -= oldest?.bytes ?? 0;
      this.#droppedTo = oldest?.number ?? this.#droppedTo;
    }
    if (drop > 0) this.#kept = this.#kept.slice(drop);
  }
}
