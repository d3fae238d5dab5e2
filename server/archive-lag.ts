// How far cold is behind: what still waits for the archiver, and since when the oldest of it does. Asked of the stream now and
// then, because nobody is told when something begins to wait.
import type { ArchiveLag } from '../app/job-view.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Backlog, EventLog } from '../core/store/event-log.ts';
import { ARCHIVER } from '../core/tier/archive-object.ts';

const LOOK_EVERY_MS = 5_000;
/** What waits for less is on its way, and nobody has to know. */
const TOLD_AFTER_MS = 10_000;

export interface ArchiveLagIo {
  readonly events: Pick<EventLog, 'backlog'>;
  readonly clock: Clock;
}

export class ArchiveLagWatch {
  readonly #io: ArchiveLagIo;
  readonly #changed: () => void;
  #lag: ArchiveLag | undefined;
  #backlog: Backlog | undefined;

  constructor(io: ArchiveLagIo, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
  }

  /** As of the last look. Undefined: nothing has waited for long. */
  get lag(): ArchiveLag | undefined {
    return this.#lag;
  }

  /** All that waits, also what has not waited for long, as of the last look; undefined: there was none yet. */
  get backlog(): Backlog | undefined {
    return this.#backlog;
  }

  /** Runs until the signal aborts.
   *  @throws StoreUnavailableError  run it again; until then the last look counts */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await this.#io.clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  async look(): Promise<void> {
    const { events, clock } = this.#io;
    const backlog = await events.backlog(ARCHIVER);
    this.#backlog = backlog;
    const { pending, inFlight, oldest } = backlog;
    const oldestAt = oldest && Date.parse(oldest.ts);
    const isLate = oldestAt !== undefined && clock.now() - oldestAt >= TOLD_AFTER_MS;
    const was = this.#lag;
    this.#lag = isLate ? { waiting: pending + inFlight, oldestAt } : undefined;
    if (was?.waiting !== this.#lag?.waiting || was?.oldestAt !== this.#lag?.oldestAt) this.#changed();
  }
}
