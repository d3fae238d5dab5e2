// Hints, and the looks at their paths when they have settled (`found.ts`), as many at a time as may be uploaded
// (`uploads.ts`). A look compares with the base row, so that a hint may come any number of times.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unreachable } from '../../core/model/assert.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { type PathFault, readFault } from '../disk/disk-error.ts';
import { isRulesFile, readRules } from '../ignore/read-rules.ts';
import { READ_PROBLEMS } from '../state/problems.ts';
import { look } from '../watch/look.ts';
import { setKindProblem } from '../watch/scan.ts';
import { type Due, Settle } from '../watch/settle.ts';
import type { Paths } from './count-paths.ts';
import { type FoundIo, leaveAlone, takeAbsent, takeDirectory, takeFile } from './found.ts';
import type { Upload } from './upload.ts';
import { Uploads } from './uploads.ts';
import type { Way } from './way.ts';

/** Hints beyond this only take memory. */
const MAX_WAITING = 20_000;
const SOON_MS = 5;
const UNREADABLE_RETRY_MS = 5_000;
const CHANGING_RETRY_MS = 50;
const CHANGING_SAID_AFTER_MS = 10_000;

const CHANGING = 'It is being written all the time: it is taken when it rests for a moment.';
const LINK_ABOVE =
  'It is a symbolic link, which is not carried: put a directory in its place, or name it in a .fsignore.';

export class Looks {
  readonly #way: Way;
  readonly #settle = new Settle();
  readonly #uploads: Uploads;
  readonly #found: FoundIo;
  #roomWaiters: (() => void)[] = [];

  constructor(way: Way) {
    this.#way = way;
    this.#uploads = new Uploads(way, {
      uploaded: (path, done, waitedMs) => this.#uploaded(path, done, waitedMs),
      again: (path) => this.again(path),
    });
    this.#found = {
      ...way,
      later: (path, ms, waitedMs) => this.#later(path, ms, waitedMs),
      hasPlace: (sizeBytes) => this.#uploads.hasPlace(sizeBytes),
      upload: (path, sizeBytes, waitedMs, was) => void this.#uploads.start(path, sizeBytes, waitedMs, was),
    };
  }

  /** Paths that were hinted at and are not ready yet; some are in more than one. */
  get paths(): readonly Paths[] {
    return [this.#settle.paths, ...this.#uploads.paths];
  }

  /** Those of them that nobody has looked at yet. */
  get unseen(): number {
    return this.#settle.size + this.#uploads.stalled;
  }

  get oldestAt(): number | undefined {
    return this.#settle.oldestAt;
  }

  /** Whether all that was hinted at is ready. */
  get isDone(): boolean {
    return this.paths.every(({ size }) => size === 0);
  }

  /** Whether more becomes ready in a moment. */
  isMoreComing(now: number, withinMs = SOON_MS): boolean {
    return this.#uploads.isReading || (this.#settle.nextAt() ?? Number.POSITIVE_INFINITY) <= now + withinMs;
  }

  /** Whether the path is still to be looked at, or read. */
  isOnItsWay(path: RelPath): boolean {
    return this.#settle.has(path) || this.#uploads.isOnItsWay(path);
  }

  hint(path: RelPath): void {
    const before = this.#settle.nextAt();
    this.again(path);
    const after = this.#settle.nextAt();
    if (before === undefined || (after !== undefined && after < before)) this.#way.wakeLooks();
  }

  /** A hint of our own, while looking goes on anyway. */
  again(path: RelPath): void {
    this.#settle.hint(path, this.#way.site.clock.now());
  }

  /** Waits while too many hints are under way. */
  async room(): Promise<void> {
    while (this.#settle.size > MAX_WAITING && !this.#way.site.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#roomWaiters.push(resolve);
      });
    }
  }

  /** Who waits for room goes on. */
  letIn(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const waiter of waiters) waiter();
  }

  /** Looks at what has settled, as far as there is room for uploads.
   *  @returns after how many ms more settles; undefined: when there is a hint, or room */
  async step(): Promise<number | undefined> {
    const { site, wakeCommits } = this.#way;
    const { clock } = site;
    if (!site.isThere()) return undefined;
    await this.#uploads.tryStalled();
    while (this.#uploads.places > 0) {
      const due = this.#settle.take(clock.now(), this.#uploads.places);
      if (due.length === 0) break;
      const realParents = new Set<RelPath>();
      for (const one of due) this.#tryTake(one, realParents);
      this.letIn();
      await nextTurn();
    }
    wakeCommits();
    site.changed();
    if (this.#uploads.places <= 0) return undefined;
    const nextAt = this.#settle.nextAt();
    return nextAt === undefined ? undefined : Math.max(0, nextAt - clock.now());
  }

  #tryTake(due: Due, realParents: Set<RelPath>): void {
    try {
      this.#take(due, realParents);
    } catch (error) {
      const fault = readFault(error);
      if (!fault) throw error;
      this.#fault(due.path, fault, due.waitedMs);
    }
  }

  #take({ path, waitedMs }: Due, realParents: Set<RelPath>): void {
    const { site, ready } = this.#way;
    const { disk, root, problems, ignores } = site;
    if (this.#uploads.isRepeated(path)) return;
    const found = look(disk, root, path, realParents);
    const isThere = found.kind === 'file' || found.kind === 'directory' || found.kind === 'other';
    if (isThere && ignores.ignores(path, found.kind === 'directory')) {
      leaveAlone(this.#found, path, found.kind === 'directory');
      return;
    }
    if (isRulesFile(path) && (found.kind === 'directory' || found.kind === 'other')) readRules(site, path);
    switch (found.kind) {
      case 'absent':
        takeAbsent(this.#found, path, waitedMs);
        break;
      case 'file':
        takeFile(this.#found, path, found.stat, waitedMs);
        break;
      case 'directory':
        takeDirectory(this.#found, path, found.inode, found.mode, waitedMs);
        break;
      case 'other':
        ready.drop(path);
        setKindProblem(problems, path, found.stat);
        break;
      case 'behind-link':
        // What the project has behind the link is neither changed nor deleted.
        problems.set(found.link, 'symlink', LINK_ABOVE);
        break;
      case 'unknown':
        this.#fault(path, found.fault, waitedMs);
        break;
      default:
        unreachable(found);
    }
  }

  /** It could not be looked at now. */
  lookLater(path: RelPath): void {
    this.#later(path, UNREADABLE_RETRY_MS, 0);
  }

  #fault(path: RelPath, fault: PathFault, waitedMs: number): void {
    this.#way.site.problems.set(path, fault.code, fault.reason, { retryInMs: UNREADABLE_RETRY_MS });
    this.#later(path, UNREADABLE_RETRY_MS, waitedMs);
  }

  #later(path: RelPath, ms: number, waitedMs: number): void {
    this.#settle.postpone(path, this.#way.site.clock.now(), ms, waitedMs);
  }

  #uploaded(path: RelPath, done: Upload, waitedMs: number): void {
    const { site, ready } = this.#way;
    const { problems } = site;
    switch (done.kind) {
      case 'uploaded':
        problems.clearIf(path, READ_PROBLEMS);
        ready.set(path, done.entry, done.fingerprint);
        break;
      case 'changed':
        if (waitedMs > CHANGING_SAID_AFTER_MS) problems.set(path, 'changing', CHANGING);
        this.#later(path, CHANGING_RETRY_MS, waitedMs);
        break;
      case 'gone':
        this.again(path);
        break;
      case 'problem':
        this.#fault(path, done.fault, waitedMs);
        break;
      default:
        unreachable(done);
    }
  }
}
