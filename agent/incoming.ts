// From project to disk. Following `current`, it notes every path where the project differs from the base (`behind`), and
// then works that list off: what is noted survives a restart, a newer version replaces an older one that was never
// fetched, and one path that cannot be applied holds up no other.
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readCurrent } from '../core/commit/current.ts';
import { diffTrees } from '../core/manifest/diff.ts';
import type { Change } from '../core/manifest/tree.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { unreachable } from '../core/model/assert.ts';
import type { CurrentAt } from '../core/model/commit.ts';
import { type Entry, isFile } from '../core/model/entry.ts';
import { isUnder, type RelPath } from '../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../core/store/store-errors.ts';
import { sameVersion } from '../core/sync/plan.ts';
import {
  type Placed,
  placeDirectory,
  placeFacts,
  placeFile,
  pruneAbove,
  removeDirectory,
  removeFile,
} from './apply.ts';
import { DirSync } from './dir-sync.ts';
import { isDiskFull, writeFault } from './disk-error.ts';
import { diskPath, lstatIfThere } from './disk-path.ts';
import { compareFingerprint, fingerprintOf, NO_FINGERPRINT } from './fingerprint.ts';
import { Lane } from './lane.ts';
import { type Site, toLocalEntry, toLocalPath } from './site.ts';
import { discard, stage } from './stage.ts';
import type { Behind } from './state.ts';
import { SMALL_BYTES } from './upload.ts';

export interface IncomingPeers {
  /** the disk holds something else here than the base says */
  localEdit(path: RelPath): void;
  /** the differences between base and project are noted */
  examined(): void;
  failed(error: unknown, retryInMs: number): void;
  /** the records are void: the whole directory has to be looked at */
  wentBack(): void;
  /** something came to disk */
  applied(): void;
  withBase<T>(work: () => Promise<T>): Promise<T>;
}

const BATCH = 256;
/** Small files are round trips to NATS and to the disk; large ones are streams. */
const SMALL_FETCHES = 32;
const LARGE_FETCHES = 2;
const NOTE_BATCH = 1_000;
const RETRY_MS = 5_000;
/** A local edit is committed in milliseconds; only one that cannot be read keeps a path waiting longer. */
const LOCAL_RETRY_MS = 1_000;

export class Incoming {
  readonly #site: Site;
  readonly #peers: IncomingPeers;
  readonly #notes: Lane;
  readonly #work: Lane;
  readonly #dirSync = new DirSync();
  #head: CurrentAt | undefined;
  /** paths that cannot go on yet, and until when they rest */
  readonly #held = new Map<RelPath, number>();
  /** of those, the ones that wait for something on disk, and where it is */
  readonly #waiting = new Map<RelPath, RelPath>();

  constructor(site: Site, peers: IncomingPeers) {
    this.#site = site;
    this.#peers = peers;
    const { clock, signal } = site;
    const onFailure = (error: unknown, retryInMs: number) => peers.failed(error, retryInMs);
    this.#notes = new Lane({ clock, signal, step: () => this.#note(), onFailure });
    this.#work = new Lane({ clock, signal, step: () => this.#workOff(), onFailure });
  }

  async run(): Promise<void> {
    await Promise.all([this.#notes.run(), this.#work.run()]);
  }

  get isCurrent(): boolean {
    return this.#head !== undefined && this.#head.current.manifest_sha === this.#site.state.base?.manifestSha;
  }

  get pending(): number {
    return this.#site.state.behindCount;
  }

  /** How many of the pending ones wait for something other than their turn. */
  get held(): number {
    return this.#held.size;
  }

  /** `current` is (or moved to) this. */
  moved(head: CurrentAt): void {
    this.#head = head;
    this.#notes.wake();
  }

  /** The base of these paths moved, or the disk was looked at again: who waited for that tries again. */
  released(paths: readonly RelPath[]): void {
    let some = false;
    for (const path of paths) some = this.#release(path) || some;
    if (some) this.#work.wake();
  }

  /** What waited for `path` or for something above or below it. */
  #release(path: RelPath): boolean {
    const before = this.#waiting.size;
    for (const [held, edited] of this.#waiting) {
      if (edited !== path && !isUnder(path, edited) && !isUnder(edited, path)) continue;
      this.#waiting.delete(held);
      this.#held.delete(held);
    }
    return this.#waiting.size < before;
  }

  /** Makes placements and their records durable, in this order: a power loss may not look like a local edit. */
  async makeDurable(): Promise<void> {
    await this.#dirSync.flush();
    this.#site.state.checkpoint();
  }

  retryNow(): void {
    this.#held.clear();
    this.#waiting.clear();
    this.#notes.retryNow();
    this.#work.retryNow();
  }

  /** Notes what differs between the base and the head, and makes the head the base. */
  async #note(): Promise<undefined> {
    const { site } = this;
    if (!this.#head || !site.isThere()) return;
    await this.#peers.withBase(async () => {
      const head = await this.#newestHead();
      if (!head) return;
      const { state } = site;
      if (state.base?.manifestSha !== head.current.manifest_sha) await this.#noteChanges(head);
      state.setBase({
        commitSha: head.current.commit_sha,
        manifestSha: head.current.manifest_sha,
        revision: head.revision,
      });
    });
    this.#peers.examined();
    this.#work.wake();
    site.changed();
  }

  /** The watch may lag behind this node's own commits: a head that is older than the base is asked for again. If current
   *  really went back (I12), the base means nothing any more: all is compared anew, and nothing is deleted. */
  async #newestHead(): Promise<CurrentAt | undefined> {
    const { state, stores, project, log } = this.#site;
    const head = this.#head;
    if (!head || !state.base || head.revision >= state.base.revision) return head;
    const now = await readCurrent(stores.index, project);
    if (now && now.revision < state.base.revision) {
      log.warn({ project, base: state.base, current: now.current }, 'current went back; comparing all files anew');
      state.forget();
      this.#peers.wentBack();
    }
    this.#head = now;
    return now;
  }

  async #noteChanges(head: CurrentAt): Promise<void> {
    const { state, stores, log } = this.site;
    const base = state.base?.manifestSha;
    if (base === undefined) return this.#noteAll(head);
    try {
      await this.#noteEach(diffTrees(stores.nodes, base, head.current.manifest_sha), head);
    } catch (error) {
      if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
      // A node of either tree is missing. If it is the base's, the whole of the new tree still says all.
      log.warn({ error, base }, 'the base manifest cannot be read; comparing all paths');
      await this.#noteAll(head);
    }
  }

  async #noteEach(changes: AsyncIterable<Change>, head: CurrentAt): Promise<void> {
    let batch: Change[] = [];
    const flush = () => {
      this.site.state.transaction(() => {
        for (const change of batch) {
          if (change.kind === 'removed') this.#noteOne(change.was.path, undefined, head);
          else this.#noteOne(change.entry.path, change.entry, head);
        }
      });
      batch = [];
    };
    for await (const change of changes) {
      batch.push(change);
      if (batch.length < NOTE_BATCH) continue;
      flush();
      this.#work.wake();
      await nextTurn();
    }
    flush();
  }

  /** Without a base to compare to: every entry of the tree against every row. Without rows nothing is ever removed. */
  async #noteAll(head: CurrentAt): Promise<void> {
    const { site } = this;
    const { state, stores } = site;
    const listed = new Set<RelPath>();
    const hasRows = [...state.dirsWithRows('')].length > 0;
    let batch: Entry[] = [];
    const flush = () => {
      state.transaction(() => {
        for (const entry of batch) this.#noteOne(entry.path, entry, head);
      });
      batch = [];
    };
    for await (const entry of walkTree(stores.nodes, head.current.manifest_sha, { prefix: site.prefix })) {
      batch.push(entry);
      const path = hasRows ? toLocalPath(site, entry.path) : undefined;
      if (path !== undefined) listed.add(path);
      if (batch.length < NOTE_BATCH) continue;
      flush();
      this.#work.wake();
      await nextTurn();
    }
    flush();
    state.transaction(() => {
      for (const dir of [...state.dirsWithRows('')]) {
        for (const { entry } of state.rowsIn(dir).values()) {
          if (!listed.has(entry.path)) this.#putBehind(entry.path, undefined, head);
        }
      }
    });
  }

  #noteOne(projectPath: RelPath, projectEntry: Entry | undefined, head: CurrentAt): void {
    const path = toLocalPath(this.site, projectPath);
    if (path === undefined) return;
    this.#putBehind(path, projectEntry && toLocalEntry(this.site, projectEntry), head);
  }

  #putBehind(path: RelPath, entry: Entry | undefined, head: CurrentAt): void {
    const { state, clock } = this.site;
    if (sameVersion(state.row(path)?.entry, entry)) state.dropBehind(path);
    else state.putBehind({ path, entry, revision: head.revision, since: clock.now() });
    this.#held.delete(path);
    this.#waiting.delete(path);
  }

  private get site(): Site {
    return this.#site;
  }

  /** One pass over the list: files and directories in path order, then deletions, children before parents. */
  async #workOff(): Promise<number | undefined> {
    const { site } = this;
    const { state } = site;
    if (state.behindCount === 0 || !site.isThere()) return undefined;
    for (let after = ''; ; ) {
      const batch = state.nextPuts(after, BATCH);
      const last = batch.at(-1);
      if (!last) break;
      await this.#bringIn(batch.filter(({ path }) => this.#mayTry(path)));
      after = last.path;
    }
    for (let before: string | undefined; ; ) {
      const batch = state.nextDeletes(before, BATCH);
      const last = batch.at(-1);
      if (!last || !site.isThere()) break;
      this.#removeAll(batch.filter(({ path }) => this.#mayTry(path)));
      await nextTurn();
      before = last.path;
    }
    site.changed();
    if (state.behindCount === 0) return undefined;
    const now = site.clock.now();
    let next = now + RETRY_MS;
    for (const until of this.#held.values()) next = Math.min(next, until);
    return Math.max(1, next - now);
  }

  #mayTry(path: RelPath): boolean {
    const until = this.#held.get(path);
    if (until === undefined) return true;
    if (until > this.site.clock.now()) return false;
    this.#held.delete(path);
    this.#waiting.delete(path);
    return true;
  }

  /** Fetches in parallel; what is staged is placed together, in few turns and few transactions. */
  async #bringIn(batch: readonly Behind[]): Promise<void> {
    const { site } = this;
    const staged: Staged[] = [];
    let failure: unknown;
    let placing: Promise<void> | undefined;
    const place = () => {
      placing ??= nextTurn().then(() => {
        placing = undefined;
        this.#placeAll(staged.splice(0));
      });
    };
    const queue = batch.filter((behind) => {
      if (!this.#needsBytes(behind)) {
        staged.push({ behind, file: undefined });
        return false;
      }
      if (!this.#isEdited(behind.path)) return true;
      this.#waitForLocal(behind.path, behind.path);
      return false;
    });
    if (staged.length > 0) place();

    const large = new Gate(LARGE_FETCHES);
    const fetchNext = async () => {
      for (let behind = queue.shift(); behind && failure === undefined; behind = queue.shift()) {
        const { entry } = behind;
        if (!entry || !isFile(entry)) continue;
        const isLarge = entry.size > SMALL_BYTES;
        if (isLarge) await large.enter();
        try {
          const file = await stage({ root: site.root, objects: site.stores.objects, signal: site.signal }, entry);
          staged.push({ behind, file });
          place();
        } catch (error) {
          if (!this.#holdFor(behind.path, error)) failure = error;
        } finally {
          if (isLarge) large.leave();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(SMALL_FETCHES, queue.length) }, fetchNext));
    while (placing) await placing;
    if (failure !== undefined) throw failure;
  }

  #needsBytes({ path, entry }: Behind): boolean {
    if (!entry || !isFile(entry)) return false;
    const row = this.site.state.row(path);
    return !(row && isFile(row.entry) && row.entry.sha === entry.sha);
  }

  /** Whether fetching would be in vain: the disk holds an edit. Placing looks again. */
  #isEdited(path: RelPath): boolean {
    const { root, state } = this.site;
    const row = state.row(path);
    const stat = lstatOrUnknown(diskPath(root, path));
    if (stat === 'unknown') return true;
    if (!row || !isFile(row.entry)) return stat !== undefined && !stat.isDirectory();
    return !stat || (stat.isFile() && compareFingerprint(row.fingerprint, fingerprintOf(stat)) !== 'same');
  }

  #placeAll(all: readonly Staged[]): void {
    const { site } = this;
    if (!site.isThere()) {
      for (const { file } of all) if (file !== undefined) discard(file);
      return;
    }
    const directories = new Set<string>();
    site.state.transaction(() => {
      for (const one of all) {
        try {
          if (this.#placeOne(one)) directories.add(dirname(diskPath(site.root, one.behind.path)));
        } catch (error) {
          if (!this.#holdFor(one.behind.path, error)) throw error;
        } finally {
          if (one.file !== undefined) discard(one.file);
        }
      }
    });
    for (const directory of directories) this.#dirSync.add(directory);
    if (directories.size > 0) this.#peers.applied();
    site.changed();
  }

  /** @returns whether something was put on disk */
  #placeOne({ behind, file }: Staged): boolean {
    const { site } = this;
    const { state } = site;
    const { path } = behind;
    // What was noted when the fetch began may be overtaken by now.
    const now = state.behindAt(path);
    if (!now || !sameVersion(now.entry, behind.entry)) return false;
    const { entry } = behind;
    if (!entry) return false;
    const row = state.row(path);
    if (sameVersion(row?.entry, entry)) {
      state.dropBehind(path);
      return false;
    }
    const place = (): Placed => {
      if (!isFile(entry)) return placeDirectory(site, entry, row);
      if (file !== undefined) return placeFile(site, entry, file, row);
      return row ? placeFacts(site, entry, row) : { kind: 'local-edit' };
    };
    let placed = place();
    // What is in the way may be about to go, by the same commit.
    if (placed.kind === 'directory-in-the-way' && this.#removeBelow(path)) placed = place();
    if (placed.kind === 'file-in-the-way' && this.#removeNoted(placed.at)) placed = place();
    switch (placed.kind) {
      case 'placed':
        state.putRow(entry, isFile(entry) ? placed.fingerprint : NO_FINGERPRINT);
        state.dropBehind(path);
        site.problems.clearIf(path, APPLY_PROBLEMS);
        return true;
      case 'local-edit':
      case 'directory-in-the-way':
        this.#waitForLocal(path, path);
        return false;
      case 'file-in-the-way':
      case 'symlink-in-the-way':
        this.#waitForLocal(path, placed.at);
        return false;
      default:
        return unreachable(placed);
    }
  }

  /** I8: the local edit at `edited` goes first; after it is committed or settled, this path is tried again. */
  #waitForLocal(path: RelPath, edited: RelPath): void {
    this.#held.set(path, this.site.clock.now() + LOCAL_RETRY_MS);
    this.#waiting.set(path, edited);
    this.#peers.localEdit(edited);
  }

  /** A directory that becomes a file: all that it held has to be noted as gone, and be as the rows say. */
  #removeBelow(dir: RelPath): boolean {
    for (const { entry } of this.site.state.rowsUnder(dir).reverse()) if (!this.#removeNoted(entry.path)) return false;
    removeDirectory(this.site, dir);
    return true;
  }

  #removeNoted(path: RelPath): boolean {
    const behind = this.site.state.behindAt(path);
    return behind !== undefined && behind.entry === undefined && this.#removeOne(behind);
  }

  #removeAll(batch: readonly Behind[]): void {
    const { site } = this;
    const directories = new Set<string>();
    site.state.transaction(() => {
      for (const behind of batch) {
        try {
          if (this.#removeOne(behind)) directories.add(dirname(diskPath(site.root, behind.path)));
        } catch (error) {
          if (!this.#holdFor(behind.path, error)) throw error;
        }
      }
    });
    for (const directory of directories) this.#dirSync.add(directory);
  }

  #removeOne({ path }: Behind): boolean {
    const { site } = this;
    const { state } = site;
    const row = state.row(path);
    if (!row) {
      state.dropBehind(path);
      return false;
    }
    if (isFile(row.entry)) {
      if (removeFile(site, path, row).kind === 'local-edit') {
        this.#waitForLocal(path, path);
        return false;
      }
    } else if (!state.expectsBelow(path)) removeDirectory(site, path);
    state.dropRow(path);
    state.dropBehind(path);
    site.problems.clearIf(path, APPLY_PROBLEMS);
    const keep = (dir: RelPath) =>
      state.row(dir) !== undefined || state.behindAt(dir)?.entry !== undefined || state.expectsBelow(dir);
    pruneAbove(site, path, keep);
    return true;
  }

  /** @returns false when the failure is not this path's but everyone's */
  #holdFor(path: RelPath, error: unknown): boolean {
    const { problems, clock } = this.site;
    const hold = () => {
      this.#held.set(path, clock.now() + RETRY_MS);
      this.#waiting.set(path, path);
    };
    if (error instanceof ObjectAbsentError) {
      problems.set(path, 'object-missing', `Its bytes are not in hot (${error.sha.slice(0, 12)}): rehydrate it.`);
      hold();
      return true;
    }
    if (error instanceof ObjectCorruptError) {
      problems.set(path, 'object-corrupt', `${error.message}: repair the project.`);
      hold();
      return true;
    }
    const fault = writeFault(error);
    if (!fault) return false;
    problems.set(path, fault.code, fault.reason);
    hold();
    return !isDiskFull(error);
  }
}

interface Staged {
  readonly behind: Behind;
  /** undefined: nothing had to be fetched */
  readonly file: string | undefined;
}

const APPLY_PROBLEMS = [
  'object-missing',
  'object-corrupt',
  'disk-full',
  'write-failed',
  'name-too-long',
  'unreadable',
] as const;

function lstatOrUnknown(file: string): ReturnType<typeof lstatIfThere> | 'unknown' {
  try {
    return lstatIfThere(file);
  } catch {
    return 'unknown';
  }
}

/** Lets a number of holders in at once. */
class Gate {
  #free: number;
  readonly #waiters: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  leave(): void {
    const next = this.#waiters.shift();
    if (next) next();
    else this.#free++;
  }
}
