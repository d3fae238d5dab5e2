// Commits what is ready, in batches: a single save at once, many files together, both halves of a rename together, and new
// before gone. Before deletions go, they are counted: a person is asked about many (I9), and may have them back.
import { isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Row } from '../state/file-rows.ts';
import { askBack } from './ask-back.ts';
import { Brought, BytesLostError } from './brought.ts';
import { commitChanges, type LocalChange } from './committer.ts';
import { DeletionGuard, DeletionsAskedError } from './deletion-guard.ts';
import { VANISHED_MS } from './found.ts';
import { goneFiles } from './gone-files.ts';
import type { Looks } from './looks.ts';
import { sayNotRestored } from './not-restored.ts';
import { putBack } from './put-back.ts';
import type { Way } from './way.ts';

export const COMMIT_LIMIT = 5_000;
/** While more is coming, a batch is gathered for this long; the first ones for less, so that other nodes begin early. */
const GATHER_MS = 100;
const FIRST_GATHER_MS = 20;
/** New before gone: deletions wait while more is coming, so that what moved is at its new place first; at most this long. */
const DELETIONS_WAIT_MS = 2_000;
const DELETIONS_WAIT_LONG_MS = 10_000;
const DELETIONS_LOOK_MS = 10;
/** Half of a rename waits for the other, which wakes this when it is there. */
const HALF_LOOK_MS = 500;

export class Batches {
  readonly #way: Way;
  readonly #looks: Looks;
  readonly #guard: DeletionGuard;
  readonly #brought: Brought;
  #mayCommit = false;
  /** how often all records were void */
  #voids = 0;
  #committed = 0;
  /** when the first of many that are still coming was ready */
  #comingSince: number | undefined;

  constructor(way: Way, looks: Looks) {
    this.#way = way;
    this.#looks = looks;
    const { clock, state, deleteThreshold: threshold, answerTo } = way.site;
    this.#guard = new DeletionGuard({ clock, state, threshold, answerTo });
    this.#brought = new Brought(way.site);
    sayNotRestored(way.site);
  }

  /** How many paths were committed since the workspace was opened. */
  get committed(): number {
    return this.#committed;
  }

  /** What a person is asked. */
  get question(): Question | undefined {
    return this.#guard.question ?? this.#way.local.question;
  }

  /** Nothing is lost: a question that is open is not true any more, and what was not restored may be here again. */
  atRest(): void {
    this.#guard.atRest();
    this.#way.local.atRest();
    sayNotRestored(this.#way.site);
  }

  /** From here on an edit can be told from an old version. */
  allow(): void {
    this.#mayCommit = true;
    this.#way.wakeCommits();
  }

  /** `current` went back: what differs from it has to be known anew first. */
  forbid(): void {
    this.#mayCommit = false;
    this.#voids++;
  }

  /** Commits a batch, when it may.
   *  @returns after how many ms to look again; undefined: when something is ready
   *  @throws DeletionsAskedError, and what `commitChanges` throws: the batch is ready again */
  async step(): Promise<number | undefined> {
    const { site, peers, ready, local } = this.#way;
    if (local.isToBeRestored) {
      local.restore();
      peers.restored();
    }
    if (ready.size === 0 || !this.#isAllowed()) return undefined;
    const waitMs = this.#gatherMs();
    if (waitMs > 0) return waitMs;
    if (this.#guard.isFromBefore && !this.#isFound(ready.oldestAt)) {
      return peers.isScanning() ? HALF_LOOK_MS : DELETIONS_LOOK_MS;
    }
    const lost = site.mode === 'receive' ? [] : this.#lost();
    if (this.#guard.exceeds(lost.length) && !this.#isFound(this.#sinceOf(lost))) return DELETIONS_LOOK_MS;
    const verdict = this.#guard.judge(lost, this.#isAllFound());
    if (verdict.kind === 'ask') throw new DeletionsAskedError(verdict.question.sentence);
    if (verdict.kind === 'restore') return this.#restore(verdict.after);
    const batch = this.#nextBatch();
    if (batch.size === 0) return this.#isCalm(site.clock.now()) ? HALF_LOOK_MS : DELETIONS_LOOK_MS;
    await this.#commit(batch, lost);
    return ready.size > 0 ? 0 : undefined;
  }

  /** I12: a `current` that went back is first compared with what is here, and what NATS forgot is put back; and rules above
   *  are read before what they may name is committed. What sees to that wakes this again. */
  #isAllowed(): boolean {
    const { site, peers } = this.#way;
    return this.#mayCommit && site.heard.isContinued && site.ignores.awaited === undefined && !peers.isMending();
  }

  async #commit(batch: ReadonlyMap<RelPath, LocalChange>, lost: readonly RelPath[]): Promise<void> {
    const { site, peers, ready, moves, local } = this.#way;
    const settled = new Set<RelPath>();
    const outdated = new Set<RelPath>();
    const going = lost.filter((path) => batch.has(path));
    const takeBack = this.#guard.committing(going.filter((path) => isFileRow(site.state.rows.at(path))));
    const voids = this.#voids;
    ready.take(batch);
    try {
      const changes = [...batch.values()];
      // Cold may be away for long; what others commit is noted meanwhile.
      const proven = await this.#brought.assure(changes);
      const done = await peers.withBase(async () => {
        if (this.#voids !== voids) return 'void';
        if (!this.#isAllowed()) return 'later';
        await peers.noteOwn();
        return commitChanges(site, changes, settled, outdated, proven);
      });
      if (done === 'void' || done === 'later') {
        takeBack();
        for (const change of changes) {
          if (done === 'void') this.#looks.again(change.path);
          else ready.giveBack(change);
        }
        return;
      }
      const { moved, again, kept } = done;
      // The project has it as it is here: it is no change any more.
      for (const path of moved) local.drop(path);
      for (const change of kept) local.add(change);
      this.#committed += batch.size - again.filter((path) => batch.has(path)).length;
      for (const path of batch.keys()) moves.drop(path);
      const left = lost.filter((path) => !batch.has(path));
      this.#guard.committed(going, left);
      peers.sent();
      peers.committed();
      peers.released([...moved, ...again]);
      for (const path of again) this.#looks.again(path);
    } catch (error) {
      takeBack();
      this.#committed += settled.size;
      for (const [path, change] of batch) {
        // Its row holds what was found, and the project's version may have taken its place since.
        if (settled.has(path)) {
          local.drop(path);
          peers.released([path]);
        } else if (error instanceof BytesLostError && error.isOf(change.now)) this.#looks.again(path);
        else ready.giveBack(change);
      }
      throw error;
    } finally {
      ready.ended();
      if (outdated.size > 0) peers.restored();
      this.#way.wakeLooks();
      site.changed();
    }
  }

  /** A single save is committed at once; while many files come, they share commits. */
  #gatherMs(): number {
    const { site, ready } = this.#way;
    const now = site.clock.now();
    const isMoreComing = this.#looks.isMoreComing(now);
    if (!isMoreComing) this.#comingSince = undefined;
    if (!isMoreComing || ready.size >= COMMIT_LIMIT) return 0;
    const [oldest] = ready.waiting();
    if (!oldest) return 0;
    this.#comingSince ??= oldest.since;
    const gatherMs = Math.min(GATHER_MS, Math.max(FIRST_GATHER_MS, oldest.since - this.#comingSince));
    return Math.max(0, oldest.since + gatherMs - now);
  }

  /** Nothing is known to come, and nothing to have vanished that has not been counted. */
  #isCalm(now: number): boolean {
    return !this.#way.peers.isScanning() && !this.#looks.isMoreComing(now, VANISHED_MS);
  }

  /** A question is asked once, when nothing more is being deleted; but not later than that. One from before the start is
   *  compared with what is gone when that was found as a whole. */
  #isFound(since: number | undefined): boolean {
    const { site, peers } = this.#way;
    const now = site.clock.now();
    const isScanning = peers.isScanning();
    if (!isScanning && !this.#looks.isMoreComing(now, VANISHED_MS)) return true;
    if (isScanning && this.#guard.isFromBefore) return false;
    return now - (since ?? now) >= DELETIONS_WAIT_LONG_MS;
  }

  #sinceOf([first]: readonly RelPath[]): number | undefined {
    return first === undefined ? undefined : this.#way.ready.at(first)?.since;
  }

  /** Whether there is no path that may be gone, or back, and is not known as that yet. */
  #isAllFound(): boolean {
    return !this.#way.peers.isScanning() && this.#looks.isDone;
  }

  /** The files that are gone under every name. */
  #lost(): RelPath[] {
    const { site, ready } = this.#way;
    const { state, ignores } = site;
    const now = site.clock.now();
    const gone = [...ready.waiting()].filter(
      (change) => !change.now && state.rows.totals.files > 0 && this.#otherHalf(change, now) === 'none',
    );
    if (!this.#guard.isOpen && !this.#guard.exceeds(gone.length)) return gone.map(({ path }) => path);
    const entries = gone.flatMap(({ path }) => state.rows.at(path)?.entry ?? []);
    const here = [...ready.waiting()].flatMap(({ path, now }) =>
      now && isFile(now) && !ignores.ignores(path, false) ? [now] : [],
    );
    return goneFiles(state.rows, entries, here).map(({ path }) => path);
  }

  /** Of a rename: the other half as far as it is; 'none' also when it is not going to be committed. */
  #otherHalf({ path, since }: LocalChange, now: number): LocalChange | 'on its way' | 'none' {
    const { site, ready, moves } = this.#way;
    const partner = moves.partnerOf(path);
    if (partner === undefined) return 'none';
    const other = ready.at(partner);
    if (other) return other.now && site.ignores.ignores(partner, !isFile(other.now)) ? 'none' : other;
    return this.#looks.isOnItsWay(partner) && now - since < DELETIONS_WAIT_LONG_MS ? 'on its way' : 'none';
  }

  /** A person wants back what was deleted here: the project has it, or had it until lately. */
  async #restore(after: readonly Sha[]): Promise<number> {
    const { site, peers, ready } = this.#way;
    if (after.length > 0) await putBack(site, after);
    site.state.transaction(() => {
      for (const { path, now } of [...ready.waiting()]) {
        if (now) continue;
        ready.drop(path);
        askBack(site, path);
      }
    });
    this.#guard.restored();
    peers.committed();
    peers.restored();
    return 0;
  }

  /** New before gone, but with what had to go for it, and both halves of a rename together. */
  #nextBatch(): ReadonlyMap<RelPath, LocalChange> {
    const { site, peers, ready } = this.#way;
    const batch = new Map<RelPath, LocalChange>();
    const now = site.clock.now();
    const isCalm = this.#isCalm(now);
    const waitMs = peers.isScanning() ? DELETIONS_WAIT_LONG_MS : DELETIONS_WAIT_MS;
    for (const change of ready.waiting()) {
      if (batch.size >= COMMIT_LIMIT) break;
      if (batch.has(change.path)) continue;
      const together = this.#together(change, now);
      const isNew = together.some((one) => one.now);
      if (isNew || isCalm || now - change.since >= waitMs) for (const one of together) batch.set(one.path, one);
    }
    return batch;
  }

  /** What has to be in one commit with it; nothing, while some of that is on its way. */
  #together(change: LocalChange, now: number): readonly LocalChange[] {
    const all = new Set([change]);
    for (const one of all) {
      const other = this.#otherHalf(one, now);
      if (other === 'on its way') return [];
      if (other !== 'none') all.add(other);
      if (one.now) for (const gone of this.#way.ready.goneBeside(one.now)) all.add(gone);
    }
    return [...all];
  }
}

const isFileRow = (row: Row | undefined): boolean => row !== undefined && isFile(row.entry);
