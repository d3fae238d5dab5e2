// The directories that have to be looked at, one after the other: at the start, when a watcher lost count, when a
// directory came, from time to time, and when someone asks. A wider look swallows the narrower ones.
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import { rulesApplied } from '../ignore/read-rules.ts';
import type { Site } from '../site.ts';
import { Lane } from '../state/lane.ts';
import { type ScanIo, scan } from './scan.ts';
import type { Watcher } from './watcher.ts';

export type RescansIo = Pick<ScanIo, 'hint' | 'room'> & {
  readonly watcher: Pick<Watcher, 'watch' | 'forget' | 'looked'>;
  failed(error: unknown, retryInMs: number): void;
  recovered(): void;
};

export class Rescans {
  readonly #site: Site;
  readonly #io: RescansIo;
  readonly #lane: Lane;
  readonly #waiting = new Set<RelPath | ''>(['']);
  readonly #askers: (() => void)[] = [];
  #isOver = false;
  #scanning = false;
  /** when the last look at everything ended; undefined: there was none yet */
  #lookedAt: number | undefined;

  constructor(site: Site, io: RescansIo) {
    this.#site = site;
    this.#io = io;
    this.#lane = new Lane({
      clock: site.clock,
      signal: site.signal,
      step: () => this.#next(),
      onFailure: (error, retryInMs) => io.failed(error, retryInMs),
      onRecovered: () => io.recovered(),
    });
  }

  async run(): Promise<void> {
    try {
      await this.#lane.run();
    } finally {
      this.#isOver = true;
      for (const asker of this.#askers.splice(0)) asker();
    }
  }

  get isScanning(): boolean {
    return this.#scanning || this.#waiting.size > 0;
  }

  get lookedAt(): number | undefined {
    return this.#lookedAt;
  }

  add(dir: RelPath | ''): void {
    const waiting = this.#waiting;
    if (dir === '') waiting.clear();
    const wider = waiting.has('') || (dir !== '' && ancestorsOf(dir).some((at) => waiting.has(at)));
    if (!wider) waiting.add(dir);
    this.#lane.wake();
  }

  /** Resolves when all has been looked at, and every difference is on its way. */
  all(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.#askers.push(resolve);
      this.add('');
    });
  }

  async #next(): Promise<number | undefined> {
    const site = this.#site;
    const [dir] = this.#waiting;
    if (dir === undefined || !site.isThere()) return undefined;
    this.#waiting.delete(dir);
    const askers = dir === '' ? this.#askers.splice(0) : [];
    const { watcher, hint, room } = this.#io;
    const startedAt = site.clock.now();
    const rules = site.ignores.changes;
    this.#scanning = true;
    try {
      await scan({ site, watcher, hint, room }, dir);
    } catch (error) {
      this.#waiting.add(dir);
      this.#askers.push(...askers);
      throw error;
    } finally {
      this.#scanning = false;
    }
    if (dir === '') {
      this.#lookedAt = site.clock.now();
      rulesApplied(site, rules);
      watcher.looked?.(this.#lookedAt - startedAt);
    }
    for (const asker of askers) asker();
    site.changed();
    return this.#waiting.size > 0 ? 0 : undefined;
  }
}
