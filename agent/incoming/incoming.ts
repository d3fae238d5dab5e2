// From project to disk. Following `current`, it notes every path where the project differs from the base (`behind`), and
// then works that list off: what is noted survives a restart, a newer version replaces an older one that was never
// fetched, and one path that cannot be applied holds up no other.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readCurrent } from '../../core/commit/current.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import { isFile } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import { sameVersion } from '../../core/sync/plan.ts';
import { DirSync } from '../disk/dir-sync.ts';
import { takeBack, withoutIgnored } from '../ignore/leave-out.ts';
import { isRulesFile, readRules } from '../ignore/read-rules.ts';
import { readRulesAbove } from '../ignore/rules-above.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import type { Site } from '../site.ts';
import { ASKED_FOR, type Behind } from '../state/behind-list.ts';
import { Lane } from '../state/lane.ts';
import type { Base } from '../state/state.ts';
import { discard } from './apply.ts';
import { Arrivals } from './arrivals.ts';
import { Holds } from './holds.ts';
import {
  endProblem,
  holdFor,
  type LandIo,
  placeAll,
  pruneAwaited,
  removeAll,
  type Staged,
  waitForLocal,
} from './land.ts';
import { type FileBehind, LargeFetches } from './large-fetches.ts';
import { besides, losingItsName } from './local-bytes.ts';
import { findClash } from './name-clash.ts';
import { needs } from './needs.ts';
import { noteChanges } from './note-changes.ts';
import { stage } from './stage.ts';
import { stageCopy } from './stage-copy.ts';
import { sweepParts } from './sweep-parts.ts';
import { wentBack } from './went-back.ts';

export interface IncomingPeers {
  /** the disk holds something else here than the base says */
  localEdit(path: RelPath): void;
  /** the differences between base and project are noted */
  examined(): void;
  failed(error: unknown, retryInMs: number): void;
  /** what had failed works again */
  recovered(): void;
  /** the records are void: the whole directory has to be looked at */
  wentBack(): void;
  /** something came to disk */
  applied(): void;
  withBase<T>(work: () => Promise<T>): Promise<T>;
}

/** At the end of a batch the last ones have nobody beside them: the larger it is, the less that counts. */
const BATCH = 1_024;
/** Each is a round trip to NATS and one to the disk, whose journal takes many at once. */
const SMALL_FETCHES = 64;
const LOOK_AGAIN_MS = 5_000;

export class Incoming {
  readonly #site: Site;
  readonly #peers: IncomingPeers;
  readonly #notes: Lane;
  readonly #work: Lane;
  readonly #holds = new Holds();
  readonly #dirSync: DirSync;
  readonly #land: LandIo;
  #head: CurrentAt | undefined;
  #rulesChanged = false;
  readonly #large: LargeFetches;
  #largeFailure: { readonly error: unknown } | undefined;
  /** what was cut before this start may lie there */
  #hasParts = true;

  constructor(site: Site, peers: IncomingPeers) {
    this.#site = site;
    this.#peers = peers;
    this.#dirSync = new DirSync(site.disk);
    this.#land = {
      site,
      holds: this.#holds,
      dirSync: this.#dirSync,
      awaited: new Set(),
      localEdit: (path) => peers.localEdit(path),
    };
    const { clock, signal } = site;
    const onFailure = (error: unknown, retryInMs: number) => peers.failed(error, retryInMs);
    const onRecovered = () => peers.recovered();
    this.#notes = new Lane({ clock, signal, step: () => this.#note(), onFailure, onRecovered });
    this.#work = new Lane({ clock, signal, step: () => this.#workOff(), onFailure, onRecovered });
    this.#large = new LargeFetches({
      signal,
      isDue: (behind) => this.#isDue(behind),
      fetch: (behind, untilSuperseded) => this.#fetchLarge(behind, untilSuperseded),
      rests: (failure) => {
        this.#largeFailure = failure;
        this.#work.wake();
      },
    });
  }

  async run(): Promise<void> {
    await Promise.all([this.#notes.run(), this.#work.run()]);
    await this.#large.ended();
  }

  get isCurrent(): boolean {
    return this.#head !== undefined && this.#head.current.manifest_sha === this.#site.state.base?.manifestSha;
  }

  get pending(): number {
    if (this.#site.mode === 'send') return 0;
    return this.#site.state.behind.count;
  }

  /** How many of the pending ones wait for something other than their turn. */
  get held(): number {
    return this.#holds.size;
  }

  /** `current` is (or moved to) this. */
  moved(head: CurrentAt): void {
    this.#head = head;
    this.#notes.wake();
  }

  /** The base of these paths moved, or the disk was looked at again: who waited for that tries again. */
  released(paths: readonly RelPath[]): void {
    for (const path of paths) endProblem(this.#land, path);
    if (this.#holds.size === 0) return;
    let some = false;
    for (const path of paths) some = this.#holds.release(path) || some;
    if (some) this.#work.wake();
  }

  /** Makes placements and their records durable, in this order: a power loss may not look like a local edit. */
  async makeDurable(): Promise<void> {
    const { state } = this.#site;
    const { newest } = state.landings;
    await this.#dirSync.flush();
    if (newest !== undefined) state.landings.durable(newest);
    state.checkpoint();
  }

  /** Other paths are ignored than before. */
  rulesChanged(): void {
    this.#rulesChanged = true;
    this.#work.wake();
  }

  /** What failed may work now. */
  retryNow(): void {
    this.#holds.clear();
    this.#notes.retryNow();
    this.#work.retryNow();
  }

  /** Notes what differs between the base and the head, and makes the head the base. */
  async #note(): Promise<undefined> {
    const site = this.#site;
    if (!this.#head || !site.isThere()) return;
    await this.#peers.withBase(async () => {
      const head = await this.#newestHead();
      if (!head) return;
      const { commit_sha, manifest_sha } = head.current;
      if (site.state.ahead?.commitSha !== commit_sha) await this.noteOwn();
      await this.#noteUpTo({ commitSha: commit_sha, manifestSha: manifest_sha, revision: head.revision });
      site.announcer.noted(head);
    });
    this.#peers.examined();
    this.#work.wake();
    site.changed();
  }

  /** The rows are as this node's own commit left them. What came and went since would not show against an older base. Call
   *  it while nobody else moves the base. */
  async noteOwn(): Promise<void> {
    const { ahead } = this.#site.state;
    if (ahead) await this.#noteUpTo(ahead);
  }

  /** A noting that was cut off in the middle is finished first: what it noted may be on disk by now, and would not show as
   *  a difference where the newer commit has what the base had. */
  async #noteUpTo(target: Base): Promise<void> {
    const { state, log, project } = this.#site;
    const { begun } = state;
    let whole = false;
    if (begun && begun.commitSha !== target.commitSha) {
      try {
        await this.#noteOne(begun, false);
      } catch (error) {
        if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
        log.warn({ project, error, begun }, 'a manifest that was half noted cannot be read; comparing all paths');
        whole = true;
      }
    }
    await this.#noteOne(target, whole);
  }

  async #noteOne(target: Base, whole: boolean): Promise<void> {
    const site = this.#site;
    if (whole || site.state.base?.manifestSha !== target.manifestSha) {
      site.announcer.noting();
      site.state.setBegun(target);
      await readRulesAbove(site, target.manifestSha);
      const noting = {
        recognised: (path: RelPath) => this.#peers.localEdit(path),
        noted: (path: RelPath) => this.#noted(path),
        batchDone: () => this.#work.wake(),
      };
      await noteChanges(site, whole ? undefined : site.state.base?.manifestSha, target, noting);
    }
    site.state.setBase(target);
  }

  /** The watch may lag behind this node's own commits: a head that is older than the base is asked for again. If current
   *  really went back (I12), the base means nothing any more: all is compared anew, and nothing is deleted. */
  async #newestHead(): Promise<CurrentAt | undefined> {
    const { state, stores, project, log, heard } = this.#site;
    const { line } = heard;
    const told = this.#head;
    const newest = state.ahead ?? state.base;
    const isLate = newest && told && told.revision < newest.revision;
    const head = isLate || !heard.isContinued ? await readCurrent(stores.index, project) : told;
    if (!head) return undefined;
    if (await wentBack(this.#site, head)) {
      log.warn({ project, base: state.base, current: head.current }, 'current went back; comparing all files anew');
      state.forget();
      this.#site.announcer.wentBack();
      this.#peers.wentBack();
    }
    heard.continued(line);
    if (this.#head === told) this.#head = head;
    return head;
  }

  /** One pass over the list: files and directories in path order, then deletions, children before parents. */
  async #workOff(): Promise<number | undefined> {
    const site = this.#site;
    const { state } = site;
    if (this.#rulesChanged) {
      this.#rulesChanged = false;
      await takeBack(site);
    }
    const failure = this.#largeFailure;
    this.#largeFailure = undefined;
    if (failure) throw failure.error;
    if (!this.#mayPlace) return undefined;
    if (state.behind.count > 0) await this.#workThrough();
    pruneAwaited(this.#land);
    // Before all is noted, nobody knows what is wanted.
    if (this.#hasParts && this.isCurrent && this.#large.isResting) this.#hasParts = (await sweepParts(site)) > 0;
    if (state.behind.count === 0) return undefined;
    if (this.#holds.size >= state.behind.count) site.announcer.stuck(site.problems.list());
    const now = site.clock.now();
    return Math.max(1, Math.min(this.#holds.nextAt() ?? Number.POSITIVE_INFINITY, now + LOOK_AGAIN_MS) - now);
  }

  async #workThrough(): Promise<void> {
    const site = this.#site;
    const { state } = site;
    for (let after = ''; ; ) {
      const batch = state.behind.nextPuts(after, BATCH);
      const last = batch.at(-1);
      if (!last) break;
      await this.#bringIn(await this.#rulesFirst(this.#triable(withoutIgnored(site, batch))));
      after = last.path;
    }
    for (let before: string | undefined; ; ) {
      const batch = state.behind.nextDeletes(before, BATCH);
      const last = batch.at(-1);
      if (!last || !this.#mayPlace) break;
      // New before gone, also where what is new takes long.
      const due = batch.filter(({ revision }) => !this.#large.isAwaiting(revision));
      removeAll(this.#land, this.#triable(withoutIgnored(site, due)));
      await nextTurn();
      before = last.path;
    }
    site.changed();
  }

  /** What the rules of a batch leave out never comes to disk.
   *  @returns what is left to bring in */
  async #rulesFirst(batch: readonly Behind[]): Promise<readonly Behind[]> {
    const rules = batch.filter(({ path }) => isRulesFile(path));
    if (rules.length === 0) return batch;
    await this.#bringIn(rules);
    for (const { path } of rules) readRules(this.#site, path);
    return withoutIgnored(
      this.#site,
      batch.filter(({ path }) => !isRulesFile(path)),
    );
  }

  #triable(batch: readonly Behind[]): Behind[] {
    const now = this.#site.clock.now();
    const wanted = this.#site.mode === 'send' ? batch.filter(({ revision }) => revision === ASKED_FOR) : batch;
    return wanted.filter(({ path }) => this.#holds.mayTry(path, now));
  }

  /** Fetches in parallel; what is staged is placed together, in few turns and few transactions. */
  async #bringIn(batch: readonly Behind[]): Promise<void> {
    const arrivals = new Arrivals((staged) => this.#placeAll(staged));
    const moved = new Set<RelPath>();
    const isAnyGoing = this.#site.state.behind.nextDeletes(undefined, 1).length > 0;
    const queue = batch.filter((behind) => {
      const needed = needs(this.#site, behind);
      if (needed === 'nothing') arrivals.add({ behind, file: undefined });
      if (needed === 'local-first') waitForLocal(this.#land, behind.path, behind.path);
      if (needed !== 'bytes') return false;
      // What it clashes with goes first, and may be the one that it would be moved from.
      const canMove = isAnyGoing && !findClash(this.#site, behind.path);
      const from = canMove ? losingItsName(this.#site, behind, moved) : undefined;
      if (from === undefined && isLarge(behind)) {
        this.#hasParts = true;
        this.#large.add(behind);
        return false;
      }
      if (from === undefined) return true;
      moved.add(from);
      arrivals.add({ behind, file: undefined, from });
      return false;
    });
    const fetchNext = async () => {
      for (let behind = queue.shift(); behind && !arrivals.failed; behind = queue.shift()) {
        try {
          arrivals.add({ behind, file: await this.#stage(behind, this.#site.signal) });
        } catch (error) {
          if (!holdFor(this.#land, behind.path, error)) arrivals.fail(error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(SMALL_FETCHES, queue.length) }, fetchNext));
    await arrivals.done();
  }

  async #stage(behind: Behind, signal: AbortSignal): Promise<string | undefined> {
    const { disk, root, stores, transfers } = this.#site;
    const { entry } = behind;
    if (!entry || !isFile(entry)) return undefined;
    const io = { disk, root, objects: stores.objects, transfers: transfers.down, signal };
    return (await stageCopy(io, entry, besides(this.#site, behind))) ?? stage(io, entry);
  }

  async #fetchLarge(behind: FileBehind, signal: AbortSignal): Promise<void> {
    let file: string | undefined;
    try {
      file = await this.#stage(behind, signal);
    } catch (error) {
      if (signal.aborted || !holdFor(this.#land, behind.path, error)) throw error;
      return;
    }
    this.#placeAll([{ behind, file }]);
  }

  #isDue(behind: FileBehind): boolean {
    const { state, clock } = this.#site;
    const noted = state.behind.at(behind.path);
    if (!noted || !sameVersion(noted.entry, behind.entry) || !this.#mayPlace) return false;
    const [left] = withoutIgnored(this.#site, [behind]);
    return left !== undefined && this.#holds.mayTry(left.path, clock.now()) && needs(this.#site, left) === 'bytes';
  }

  /** The path has another note than before, or none. */
  #noted(path: RelPath): void {
    this.#holds.drop(path);
    this.#large.noted(path, this.#site.state.behind.at(path)?.entry);
    endProblem(this.#land, path);
  }

  /** I12: what was noted on a line that broke may be of commits that the store has lost; then what it removes would be
   *  nowhere. The next note tells, and wakes this work again. */
  get #mayPlace(): boolean {
    return this.#site.isThere() && this.#site.heard.isContinued;
  }

  #placeAll(staged: readonly Staged[]): void {
    if (!this.#mayPlace) {
      for (const { file } of staged) if (file !== undefined) discard(this.#site.disk, file);
      return;
    }
    if (placeAll(this.#land, staged) > 0) this.#peers.applied();
    this.#site.changed();
  }
}

function isLarge(behind: Behind): behind is FileBehind {
  return behind.entry !== undefined && isFile(behind.entry) && behind.entry.size > SMALL_BYTES;
}
