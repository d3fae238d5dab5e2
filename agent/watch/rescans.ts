// The directories that have to be looked at, one after the other: at the start, when a watcher lost count, when a
// directory came, from time to time, and when someone asks. A wider look swallows the narrower ones.
import { ancestorsOf, isUnder, type RelPath } from '../../core/model/rel-path.ts';
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

/** What a look found: paths that are not as remembered. `over`: the workspace closed before. */
export type Looked = { readonly kind: 'looked'; readonly found: number } | { readonly kind: 'over' };

interface Asker {
  readonly dir: RelPath | '';
  done(looked: Looked): void;
}

export class Rescans {
  readonly #site: Site;
  readonly #io: RescansIo;
  readonly #lane: Lane;
  readonly #waiting = new Set<RelPath | ''>(['']);
  readonly #askers: Asker[] = [];
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
      for (const asker of this.#askers.splice(0)) asker.done({ kind: 'over' });
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
  all(): Promise<Looked> {
    return this.look('');
  }

  /** The same, of what is at and below a path. */
  look(dir: RelPath | ''): Promise<Looked> {
    if (this.#isOver) return Promise.resolve({ kind: 'over' });
    return new Promise((done) => {
      this.#askers.push({ dir, done });
      this.add(dir);
    });
  }

  async #next(): Promise<number | undefined> {
    const site = this.#site;
    const [dir] = this.#waiting;
    if (dir === undefined || !site.isThere()) return undefined;
    this.#waiting.delete(dir);
    const askers = this.#askersOf(dir);
    const { watcher, room } = this.#io;
    const found = new Set<RelPath>();
    const hint = (path: RelPath) => {
      found.add(path);
      this.#io.hint(path);
    };
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
    for (const asker of askers) asker.done({ kind: 'looked', found: found.size });
    site.changed();
    return this.#waiting.size > 0 ? 0 : undefined;
  }

  /** Takes out those whom a look at this directory answers. */
  #askersOf(dir: RelPath | ''): Asker[] {
    const all = this.#askers.splice(0);
    const isAnswered = (asker: Asker) => asker.dir === dir || (asker.dir !== '' && isUnder(asker.dir, dir));
    this.#askers.push(...all.filter((asker) => !isAnswered(asker)));
    return all.filter(isAnswered);
  }
}
