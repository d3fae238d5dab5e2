// The kernel keeps the events that nobody has read yet in one queue for all inotify watchers of a thread, and the event loop
// empties it within one turn. What comes while it is full is dropped, and the loop tells nobody. So the events of a turn are
// counted: when there are so many that it may have been full, every watcher is told to look at all there is.
import { readInotifyLimit } from './inotify-limit.ts';

/** What the kernel keeps, where that cannot be read. */
const DEFAULT_QUEUE = 16_384;

class EventQueue {
  readonly #onOverflow = new Set<() => void>();
  #mayOverflowAt = Number.POSITIVE_INFINITY;
  #events = 0;

  /** @param onOverflow  told when events of any watcher may have been dropped
   *  @returns what ends it */
  join(onOverflow: () => void): () => void {
    // Half of it: events of directories that are gone take room in it too, and are not told.
    this.#mayOverflowAt = (readInotifyLimit('max_queued_events') ?? DEFAULT_QUEUE) / 2;
    this.#onOverflow.add(onOverflow);
    return () => this.#onOverflow.delete(onOverflow);
  }

  /** An event was read. */
  count(): void {
    if (this.#events++ === 0) setImmediate(() => this.#turnEnds());
  }

  #turnEnds(): void {
    const mayHaveDropped = this.#events >= this.#mayOverflowAt;
    this.#events = 0;
    if (mayHaveDropped) for (const tell of [...this.#onOverflow]) tell();
  }
}

/** The thread's own. */
export const eventQueue = new EventQueue();
