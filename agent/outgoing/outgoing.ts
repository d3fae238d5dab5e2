// From disk to project: takes settled paths, looks at them, uploads what is new, and hands it to the committer in
// batches. What it finds is compared to the base row of each path, so that a hint may come any number of times.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unreachable } from '../../core/model/assert.ts';
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { Question } from '../../core/model/node-status.ts';
import { baseName, type RelPath } from '../../core/model/rel-path.ts';
import { sameVersion, type Version } from '../../core/sync/plan.ts';
import type { DiskStat } from '../disk/disk.ts';
import { type PathFault, readFault } from '../disk/disk-error.ts';
import { compareFingerprint, type Fingerprint, fingerprintOf, NO_FINGERPRINT } from '../disk/fingerprint.ts';
import { leaveOut } from '../ignore/leave-out.ts';
import { isRulesFile, readRules } from '../ignore/read-rules.ts';
import { isBriefName } from '../ignore/temporary-names.ts';
import type { Site } from '../site.ts';
import { ASKED_FOR } from '../state/behind-list.ts';
import type { Row } from '../state/file-rows.ts';
import { Lane } from '../state/lane.ts';
import { isEmptyDirectory, look } from '../watch/look.ts';
import { setKindProblem } from '../watch/scan.ts';
import { type Due, Settle } from '../watch/settle.ts';
import type { Watcher } from '../watch/watcher.ts';
import { commitChanges, type LocalChange } from './committer.ts';
import { DeletionGuard } from './deletion-guard.ts';
import { LocalOnly } from './local-only.ts';
import { isUntouched, Moves, movedFrom } from './moves.ts';
import { SMALL_BYTES, type Upload, upload } from './upload.ts';

export interface OutgoingPeers {
  readonly watcher: Pick<Watcher, 'kind' | 'watch' | 'forget'>;
  /** A directory came whose content nobody has looked at. */
  scan(dir: RelPath): void;
  /** Whether what was put lately may be gone from the store (I12). */
  isMending(): boolean;
  /** Whether directories are being looked through: what is gone here may be found there. */
  isScanning(): boolean;
  /** The base of these paths moved, or the disk holds it as it should: what waited for that may go on. */
  released(paths: readonly RelPath[]): void;
  /** A step failed: says so as a trouble. Throws on what is no failure of the world. */
  failed(error: unknown, retryInMs: number): void;
  /** what had failed works again */
  recovered(): void;
  /** something reached the store */
  sent(): void;
  /** a batch went through whole */
  committed(): void;
  /** files that were deleted here are to come back */
  restored(): void;
  /** What others changed below this node's last commit is noted, so that the rows are those of one commit when the next
   *  one is recorded in them. */
  noteOwn(): Promise<void>;
  /** Runs while nobody else reads or moves the base commit. */
  withBase<T>(work: () => Promise<T>): Promise<T>;
}

/** Small files under way at once: each is a round trip to NATS. */
const SMALL_UPLOADS = 64;
/** Large files under way at once: each is a stream of its own. */
const LARGE_UPLOADS = 2;
/** Hints beyond this only take memory. */
const MAX_WAITING = 20_000;
const COMMIT_LIMIT = 5_000;
/** While more is coming, a batch is gathered for this long. */
const GATHER_MS = 100;
const SOON_MS = 5;
/** A file that was made or emptied a moment ago is about to be written. */
const EMPTY_FILE_MS = 100;
/** A new file whose name says that it is gone in a moment. */
const BRIEF_MS = 1_000;
/** A file that is found by polling is whole when it was left alone for so long, or is taken as it is after so long. */
const POLLED_QUIET_MS = 1_000;
const POLLED_AT_MOST_MS = 10_000;
/** A path that vanished may be on its way back: some editors remove a file and write it anew. */
const VANISHED_MS = 20;
/** New before gone: deletions wait while more is coming, so that what moved is at its new place first; at most this long. */
const DELETIONS_WAIT_MS = 2_000;
const DELETIONS_WAIT_LONG_MS = 10_000;
const DELETIONS_LOOK_MS = 10;
const UNREADABLE_RETRY_MS = 5_000;
const CHANGING_RETRY_MS = 50;
const CHANGING_SAID_AFTER_MS = 10_000;

/** Problems that a look at the path itself ends. */
const KIND_PROBLEMS = ['symlink', 'special-file', 'bad-name', 'name-too-long'] as const;
const READ_PROBLEMS = ['unreadable', 'changing', ...KIND_PROBLEMS] as const;
const CHANGING = 'It is being written all the time: it is taken when it rests for a moment.';
const LINK_ABOVE = 'It is a symbolic link, which is not carried: put a directory in its place.';

/** I9: more would be deleted at once than the workspace allows without being asked. */
export class DeletionsAskedError extends Error {
  override name = 'DeletionsAskedError';
}

export class Outgoing {
  readonly #site: Site;
  readonly #peers: OutgoingPeers;
  readonly #settle = new Settle();
  readonly #uploading = new Map<RelPath, { again: boolean }>();
  #smallUploads = 0;
  #largeUploads = 0;
  /** those of the small ones that are ready already, while their bytes are on their way */
  #storing = 0;
  /** what will not resolve any more: the upload begins anew */
  readonly #lostPuts = new WeakSet<Promise<unknown>>();
  /** paths whose upload the store refused; one is tried again before the others follow */
  readonly #stalled = new Set<RelPath>();
  #stallError: unknown;
  readonly #ready = new Map<RelPath, LocalChange>();
  #committing: ReadonlyMap<RelPath, LocalChange> = new Map();
  readonly #moves = new Moves();
  readonly #guard: DeletionGuard;
  readonly #local: LocalOnly;
  #mayCommit = false;
  #committed = 0;
  readonly #looks: Lane;
  readonly #commits: Lane;
  #roomWaiters: (() => void)[] = [];

  constructor(site: Site, peers: OutgoingPeers) {
    this.#site = site;
    this.#peers = peers;
    this.#guard = new DeletionGuard({
      clock: site.clock,
      state: site.state,
      threshold: site.deletionThreshold,
      answerTo: (id) => site.answerTo(id),
    });
    this.#local = new LocalOnly(site);
    const { clock, signal } = site;
    const onFailure = (error: unknown, retryInMs: number) => peers.failed(error, retryInMs);
    const onRecovered = () => peers.recovered();
    this.#looks = new Lane({ clock, signal, step: () => this.#takeSettled(), onFailure, onRecovered });
    this.#commits = new Lane({ clock, signal, step: () => this.#commitReady(), onFailure, onRecovered });
  }

  async run(): Promise<void> {
    await Promise.all([this.#looks.run(), this.#commits.run()]);
  }

  /** Paths that may not be in the project yet as they are here. */
  get pending(): number {
    const waiting = this.#settle.size + this.#uploading.size - this.#storing + this.#stalled.size;
    return waiting + this.#ready.size + this.#committing.size;
  }

  /** Those of them that nobody has looked at yet. */
  get unseen(): number {
    return this.#settle.size + this.#stalled.size;
  }

  /** How many paths were committed since the workspace was opened. */
  get committed(): number {
    return this.#committed;
  }

  get oldestAt(): number | undefined {
    let oldest = this.#settle.oldestAt;
    for (const changes of [this.#ready, this.#committing]) {
      for (const { since } of changes.values()) {
        oldest = Math.min(oldest ?? since, since);
        break;
      }
    }
    return oldest;
  }

  /** What a person is asked. */
  get question(): Question | undefined {
    return this.#guard.question ?? this.#local.question;
  }

  /** All was looked at, and nothing is on its way. */
  atRest(): void {
    this.#guard.judge([]);
  }

  hint(path: RelPath): void {
    if (this.#site.ignores.ignoresAny(path)) return;
    const before = this.#settle.nextAt();
    this.#settle.hint(path, this.#site.clock.now());
    const after = this.#settle.nextAt();
    if (before === undefined || (after !== undefined && after < before)) this.#looks.wake();
  }

  /** The project's differences to the base are known: from here on an edit can be told from an old version. */
  allowCommits(): void {
    this.#mayCommit = true;
    this.#commits.wake();
  }

  /** I12: `current` went back, and with it perhaps what was put into the store. What waits for its commit is found anew. */
  startAnew(): void {
    for (const [path, { now }] of this.#ready) if (now) this.#ready.delete(path);
  }

  /** A file here that was to be committed with these bytes. */
  pathOf(sha: Sha): RelPath | undefined {
    for (const changes of [this.#ready, this.#committing]) {
      for (const { path, now } of changes.values()) if (now && isFile(now) && now.sha === sha) return path;
    }
    return undefined;
  }

  /** What failed may work now. */
  retryNow(): void {
    this.#looks.retryNow();
    this.#commits.retryNow();
  }

  /** Waits while too many hints are under way. */
  async room(): Promise<void> {
    while (this.#settle.size > MAX_WAITING && !this.#site.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#roomWaiters.push(resolve);
      });
    }
  }

  close(): void {
    this.#letIn();
  }

  #letIn(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const waiter of waiters) waiter();
  }

  async #takeSettled(): Promise<number | undefined> {
    const { clock } = this.#site;
    if (!this.#site.isThere()) return undefined;
    await this.#tryStalled();
    while (this.#smallUploads < SMALL_UPLOADS) {
      const due = this.#settle.take(clock.now(), SMALL_UPLOADS - this.#smallUploads);
      if (due.length === 0) break;
      const realParents = new Set<RelPath>();
      for (const one of due) this.#tryTake(one, realParents);
      this.#letIn();
      await nextTurn();
    }
    this.#commits.wake();
    this.#site.changed();
    if (this.#smallUploads >= SMALL_UPLOADS) return undefined;
    const nextAt = this.#settle.nextAt();
    return nextAt === undefined ? undefined : Math.max(0, nextAt - clock.now());
  }

  /** After a failed upload, one tells whether the store is back; while it is not, the others would only fail too. */
  async #tryStalled(): Promise<void> {
    this.#throwStall();
    for (const path of this.#stalled) {
      this.#stalled.delete(path);
      await this.#upload(path, false, 0, undefined);
      this.#throwStall();
      break;
    }
    for (const path of this.#stalled) this.#settle.hint(path, this.#site.clock.now());
    this.#stalled.clear();
  }

  #throwStall(): void {
    const error = this.#stallError;
    this.#stallError = undefined;
    if (error !== undefined) throw error;
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

  /** Within one turn, so that disk and row are compared as they are at one time. */
  #take({ path, waitedMs }: Due, realParents: Set<RelPath>): void {
    const { disk, root, problems, ignores } = this.#site;
    const running = this.#uploading.get(path);
    if (running) {
      running.again = true;
      return;
    }
    const found = look(disk, root, path, realParents);
    const isThere = found.kind === 'file' || found.kind === 'directory' || found.kind === 'other';
    if (isThere && ignores.ignores(path, found.kind === 'directory')) {
      this.#leaveAlone(path, found.kind === 'directory');
      return;
    }
    if (isRulesFile(path) && (found.kind === 'directory' || found.kind === 'other')) readRules(this.#site, path);
    switch (found.kind) {
      case 'absent':
        this.#vanished(path, waitedMs);
        break;
      case 'file':
        this.#file(path, found.stat, waitedMs);
        break;
      case 'directory':
        this.#directory(path, found.inode, found.mode, waitedMs);
        break;
      case 'other':
        this.#ready.delete(path);
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

  #leaveAlone(path: RelPath, isDirectory: boolean): void {
    const row = this.#site.state.rows.at(path);
    this.#ready.delete(path);
    // A file of that name is gone, even where the directory in its place is ignored.
    if (row && isDirectory && isFile(row.entry)) this.#setReady(path, undefined, NO_FINGERPRINT);
    else leaveOut(this.#site, path);
  }

  #vanished(path: RelPath, waitedMs: number): void {
    const { state, problems } = this.#site;
    problems.clear(path);
    this.#peers.watcher.forget(path);
    // Its commit is under way and has no row yet: what is missing then would not show, and the path would stay in the project.
    if (this.#isCommitting(path)) {
      this.#later(path, VANISHED_MS, waitedMs);
      return;
    }
    for (const { path: ready, now } of this.#ready.values()) {
      if (!now || !(ready === path || ready.startsWith(`${path}/`))) continue;
      this.#ready.delete(ready);
      this.#moves.drop(ready);
    }
    if (this.#local.at(path)?.now) this.#local.drop(path);
    const row = state.rows.at(path);
    const below = state.rows.hasUnder(path) ? state.rows.under(path) : [];
    const gone = row ? [row, ...below] : below;
    const rules = [path, ...below.map(({ entry }) => entry.path)].filter(isRulesFile);
    if (gone.length === 0 && rules.length === 0) return;
    if (waitedMs < VANISHED_MS) {
      this.#later(path, VANISHED_MS - waitedMs, waitedMs);
      return;
    }
    // What goes together with its rules is still judged by them.
    for (const { entry } of gone) {
      if (this.#site.ignores.ignores(entry.path, !isFile(entry))) leaveOut(this.#site, entry.path);
      else this.#setReady(entry.path, undefined, NO_FINGERPRINT);
    }
    for (const one of rules) readRules(this.#site, one);
  }

  /** Whether the path, or one below it, is in the commit under way. */
  #isCommitting(path: RelPath): boolean {
    if (this.#committing.has(path)) return true;
    for (const one of this.#committing.keys()) if (one.startsWith(`${path}/`)) return true;
    return false;
  }

  #file(path: RelPath, stat: DiskStat, waitedMs: number): void {
    const { state, problems, stores } = this.#site;
    problems.clearIf(path, KIND_PROBLEMS);
    const fingerprint = fingerprintOf(stat);
    const row = state.rows.at(path);
    // The clock itself, which gives files their times, not the steady one.
    const restedMs = stores.clock.now() - Number(stat.mtimeNs / 1_000_000n);
    const isAboutToBeWritten = stat.size === 0n && restedMs < EMPTY_FILE_MS && waitedMs < EMPTY_FILE_MS;
    if (isRulesFile(path) && !isAboutToBeWritten) readRules(this.#site, path);
    if (row && compareFingerprint(row.fingerprint, fingerprint) === 'same') {
      this.#ready.delete(path);
      problems.clearIf(path, READ_PROBLEMS);
      this.#local.drop(path);
      this.#peers.released([path]);
      return;
    }
    const known = this.#ready.get(path) ?? this.#committing.get(path) ?? this.#local.at(path);
    if (known?.now && compareFingerprint(known.fingerprint, fingerprint) === 'same') return;
    const isBrief = row === undefined && isBriefName(baseName(path)) && waitedMs < BRIEF_MS;
    // A poll cannot tell when a file was written, only the file's own time can; the clock that gave it may be another's.
    const isPolled = this.#peers.watcher.kind === 'polling' && waitedMs < POLLED_AT_MOST_MS;
    const isBeingWritten = isPolled && Math.abs(restedMs) < POLLED_QUIET_MS;
    if (isAboutToBeWritten || isBrief || isBeingWritten) {
      this.#later(path, isAboutToBeWritten ? EMPTY_FILE_MS : BRIEF_MS, waitedMs);
      return;
    }
    const was = movedFrom(this.#site, path, stat);
    if (was) {
      this.#moves.add(was.entry.path, path);
      this.#setReady(was.entry.path, undefined, NO_FINGERPRINT);
      if (this.#baseIsCurrent && isUntouched(was, stat)) {
        this.#setReady(path, { ...was.entry, path }, was.fingerprint);
        return;
      }
    }
    const large = stat.size > SMALL_BYTES;
    if (large && this.#largeUploads >= LARGE_UPLOADS) this.#later(path, CHANGING_RETRY_MS, waitedMs);
    else void this.#upload(path, large, waitedMs, was);
  }

  /** I5: a base that is not current any more protects nothing from a sweep. */
  get #baseIsCurrent(): boolean {
    const { heard, state } = this.#site;
    return state.base !== undefined && heard.at?.current.manifest_sha === state.base.manifestSha;
  }

  #directory(path: RelPath, inode: bigint, mode: number, waitedMs: number): void {
    const { state, problems, disk, root } = this.#site;
    problems.clearIf(path, KIND_PROBLEMS);
    const wasUnreadable = problems.at(path)?.code === 'unreadable';
    if (this.#peers.watcher.watch(path, inode) === 'new' || wasUnreadable) {
      problems.clearIf(path, ['unreadable']);
      this.#peers.scan(path);
      return;
    }
    const row = state.rows.at(path);
    const empty = isEmptyDirectory(disk, root, path);
    const now = { path, dir: true, mode } as const;
    if (empty === 'gone') this.#later(path, VANISHED_MS, waitedMs);
    else if (empty && !sameVersion(row?.entry, now)) this.#setReady(path, now, NO_FINGERPRINT);
    // A file that became a directory is gone; its row would go with the first path committed below it anyway.
    else if (!empty && row && isFile(row.entry)) this.#setReady(path, undefined, NO_FINGERPRINT);
    else {
      this.#ready.delete(path);
      const waiting = state.behind.at(path)?.entry;
      // A file is to come here: what is in the way has to be found, and is settled first.
      if (!empty && waiting && isFile(waiting)) this.#peers.scan(path);
      // Its mode may be what changed, and what could not be written into it may be written now.
      else this.#peers.released([path]);
    }
  }

  #fault(path: RelPath, fault: PathFault, waitedMs: number): void {
    this.#site.problems.set(path, fault.code, fault.reason);
    this.#later(path, UNREADABLE_RETRY_MS, waitedMs);
  }

  #later(path: RelPath, ms: number, waitedMs: number): void {
    this.#settle.postpone(path, this.#site.clock.now(), ms, waitedMs);
  }

  /** @param was  the row of the name that the file had before */
  async #upload(path: RelPath, large: boolean, waitedMs: number, was?: Row): Promise<void> {
    const { disk, root, stores, fileClock, transfers, signal, state, clock, problems } = this.#site;
    const running = { again: false, isStoring: false };
    this.#uploading.set(path, running);
    if (large) this.#largeUploads++;
    else this.#smallUploads++;
    try {
      const isCurrent = this.#baseIsCurrent;
      const bases = [state.rows.at(path)?.entry, was?.entry];
      const isKnown = (sha: string) =>
        this.#site.mode === 'receive' || (isCurrent && bases.some((base) => base && isFile(base) && base.sha === sha));
      const read = (entry: FileEntry, fingerprint: Fingerprint, stored: Promise<unknown>) => {
        running.isStoring = true;
        this.#storing++;
        stored.catch(() => this.#putFailed(path, stored));
        this.#setReady(path, entry, fingerprint, stored);
      };
      const io = { disk, root, objects: stores.objects, fileClock, transfers: transfers.up, signal, isKnown, read };
      const done = await upload(io, path);
      if (running.isStoring) problems.clearIf(path, READ_PROBLEMS);
      else this.#uploaded(path, done, waitedMs);
      this.#peers.sent();
    } catch (error) {
      if (signal.aborted) return;
      this.#stalled.add(path);
      this.#stallError = error;
    } finally {
      if (large) this.#largeUploads--;
      else this.#smallUploads--;
      if (running.isStoring) this.#storing--;
      this.#uploading.delete(path);
      if (running.again) this.#settle.hint(path, clock.now());
      // While uploads are at their limit, due paths wait for a place; a few places at once are worth a look.
      if (this.#smallUploads < SMALL_UPLOADS - 16 || running.again || this.#stallError !== undefined)
        this.#looks.wake();
      if (!this.#isReading) this.#commits.wake();
    }
  }

  get #isReading(): boolean {
    return this.#smallUploads > this.#storing;
  }

  #putFailed(path: RelPath, stored: Promise<unknown>): void {
    this.#lostPuts.add(stored);
    if (this.#ready.get(path)?.stored === stored) this.#ready.delete(path);
  }

  #isLost({ stored }: LocalChange): boolean {
    return stored !== undefined && this.#lostPuts.has(stored);
  }

  #uploaded(path: RelPath, done: Upload, waitedMs: number): void {
    const { problems, clock } = this.#site;
    switch (done.kind) {
      case 'uploaded':
        problems.clearIf(path, READ_PROBLEMS);
        this.#setReady(path, done.entry, done.fingerprint);
        break;
      case 'changed':
        if (waitedMs > CHANGING_SAID_AFTER_MS) problems.set(path, 'changing', CHANGING);
        this.#later(path, CHANGING_RETRY_MS, waitedMs);
        break;
      case 'gone':
        this.#settle.hint(path, clock.now());
        break;
      case 'problem':
        this.#fault(path, done.fault, waitedMs);
        break;
      default:
        unreachable(done);
    }
  }

  #setReady(path: RelPath, now: Version, fingerprint: Fingerprint, stored?: Promise<unknown>): void {
    const since = this.#ready.get(path)?.since ?? this.#site.clock.now();
    this.#ready.set(path, { path, now, fingerprint, since, ...(stored && { stored }) });
    this.#site.announcer.seen(this.#site.state.rows.at(path)?.entry, now);
    this.#commits.wake();
  }

  async #commitReady(): Promise<number | undefined> {
    if (this.#local.isToBeRestored) {
      this.#local.restore();
      this.#peers.restored();
    }
    // I12: a `current` that went back is first compared with what is here; `examined` wakes this again.
    if (this.#ready.size === 0 || !this.#mayCommit || !this.#site.heard.isContinued) return undefined;
    if (this.#peers.isMending()) return undefined;
    const waitMs = this.#gatherMs();
    if (waitMs > 0) return waitMs;
    const lost = this.#site.mode === 'receive' ? [] : this.#lost();
    if (this.#guard.exceeds(lost.length) && !this.#areSettled(lost)) return DELETIONS_LOOK_MS;
    const verdict = this.#guard.judge(lost);
    if (verdict.kind === 'ask') throw new DeletionsAskedError(verdict.question.sentence);
    if (verdict.kind === 'restore') return this.#restore();
    const batch = this.#takeBatch();
    if (batch.size === 0) return DELETIONS_LOOK_MS;
    const settled = new Set<RelPath>();
    try {
      const { moved, again, kept } = await this.#peers.withBase(async () => {
        await this.#peers.noteOwn();
        return commitChanges(this.#site, [...batch.values()], settled);
      });
      for (const change of kept) this.#local.add(change);
      this.#committed += batch.size;
      for (const path of batch.keys()) this.#moves.drop(path);
      const committed = lost.filter((path) => batch.has(path)).length;
      this.#guard.committed(committed, lost.length - committed);
      this.#peers.sent();
      this.#peers.committed();
      this.#peers.released([...moved, ...again]);
      for (const path of again) this.#settle.hint(path, this.#site.clock.now());
    } catch (error) {
      for (const [path, change] of batch) {
        // Its row holds what was found, and the project's version may have taken its place since.
        if (settled.has(path)) this.#peers.released([path]);
        else if (!this.#ready.has(path) && !this.#isLost(change)) this.#ready.set(path, change);
      }
      throw error;
    } finally {
      this.#committing = new Map();
      this.#looks.wake();
      this.#site.changed();
    }
    return this.#ready.size > 0 ? 0 : undefined;
  }

  /** A single save is committed at once; while many files come, they share commits. */
  #gatherMs(): number {
    const now = this.#site.clock.now();
    if (!this.#moreIsComing(now) || this.#ready.size >= COMMIT_LIMIT) return 0;
    const [oldest] = this.#ready.values();
    return oldest ? Math.max(0, oldest.since + GATHER_MS - now) : 0;
  }

  #isCalm(now: number): boolean {
    return !this.#peers.isScanning() && !this.#moreIsComing(now);
  }

  /** A question is asked once, when nothing more is being deleted; but not later than that. */
  #areSettled(lost: readonly RelPath[]): boolean {
    const now = this.#site.clock.now();
    const [first] = lost;
    const since = first === undefined ? now : (this.#ready.get(first)?.since ?? now);
    return this.#isCalm(now) || now - since >= DELETIONS_WAIT_LONG_MS;
  }

  /** The files that are gone under every name. */
  #lost(): RelPath[] {
    const { state, deletionThreshold } = this.#site;
    const gone = [...this.#ready.values()].filter(
      ({ path, now }) => !now && this.#moves.partnerOf(path) === undefined && state.rows.totals.files > 0,
    );
    if (gone.length <= deletionThreshold.files && gone.length <= state.rows.totals.files * deletionThreshold.share) {
      return gone.map(({ path }) => path);
    }
    const here = new Set<Sha>();
    for (const { now } of this.#ready.values()) if (now && isFile(now)) here.add(now.sha);
    return gone
      .map(({ path }) => path)
      .filter((path) => {
        const row = state.rows.at(path);
        if (!row || !isFile(row.entry)) return false;
        return !here.has(row.entry.sha);
      });
  }

  /** A person wants back what was deleted here: the project has it. */
  #restore(): number {
    const { state, clock } = this.#site;
    state.transaction(() => {
      for (const { path, now } of [...this.#ready.values()]) {
        if (now) continue;
        this.#ready.delete(path);
        const row = state.rows.at(path);
        if (!row) continue;
        state.rows.drop(path);
        if (state.behind.at(path)) continue;
        state.behind.put({ path, entry: row.entry, revision: ASKED_FOR, since: clock.now() });
      }
    });
    this.#guard.restored();
    this.#peers.committed();
    this.#peers.restored();
    return 0;
  }

  #moreIsComing(now: number): boolean {
    return this.#isReading || (this.#settle.nextAt() ?? Number.POSITIVE_INFINITY) <= now + SOON_MS;
  }

  /** New before gone, and both halves of a rename together. */
  #takeBatch(): ReadonlyMap<RelPath, LocalChange> {
    const batch = new Map<RelPath, LocalChange>();
    const now = this.#site.clock.now();
    const isCalm = this.#isCalm(now);
    const waitMs = this.#peers.isScanning() ? DELETIONS_WAIT_LONG_MS : DELETIONS_WAIT_MS;
    for (const [path, change] of this.#ready) {
      if (batch.size >= COMMIT_LIMIT) break;
      const partner = this.#moves.partnerOf(path);
      const other = partner === undefined ? undefined : this.#ready.get(partner);
      if (partner !== undefined && other) {
        batch.set(path, change).set(partner, other);
      } else if (partner !== undefined && this.#isOnItsWay(partner)) {
      } else if (change.now || isCalm || now - change.since >= waitMs) {
        batch.set(path, change);
      }
    }
    for (const path of batch.keys()) this.#ready.delete(path);
    this.#committing = batch;
    return batch;
  }

  #isOnItsWay(path: RelPath): boolean {
    return this.#settle.has(path) || this.#uploading.has(path) || this.#stalled.has(path);
  }
}
