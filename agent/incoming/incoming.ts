// From project to disk. Following `current`, it notes every path where the project differs from the base (`noting.ts`), and
// then works that list off (`bring-in.ts`): what is noted survives a restart, a newer version replaces an older one that
// was never fetched, and one path that cannot be applied holds up no other.
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CurrentAt } from '../../core/model/commit.ts';
import { isFile } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { PutHint } from '../../core/store/put-hints.ts';
import type { Recall } from '../../core/tier/recall.ts';
import { DirSync } from '../disk/dir-sync.ts';
import { diskPath } from '../disk/disk-path.ts';
import { takeBack, withoutIgnored } from '../ignore/leave-out.ts';
import type { Paths } from '../outgoing/count-paths.ts';
import type { Site } from '../site.ts';
import { ASKED_FOR, type Behind } from '../state/behind-list.ts';
import { Lane } from '../state/lane.ts';
import { BringIn, mayPlace } from './bring-in.ts';
import { FromCold, type FromColdIo } from './from-cold.ts';
import { endProblem, holdFor, sayOnlyInCold } from './hold-for.ts';
import { Holds } from './holds.ts';
import { type LandIo, pruneAwaited, removeAll } from './land.ts';
import { Noting, type NotingPeers } from './noting.ts';

export interface IncomingPeers extends Omit<NotingPeers, 'noted' | 'batchDone'> {
  failed(error: unknown, retryInMs: number): void;
  /** what had failed works again */
  recovered(): void;
  /** something came to disk */
  applied(): void;
}

/** At the end of a batch the last ones have nobody beside them: the larger it is, the less that counts. */
const BATCH = 1_024;
const LOOK_AGAIN_MS = 5_000;

export class Incoming {
  readonly #site: Site;
  readonly #noting: Noting;
  readonly #bringIn: BringIn;
  readonly #notes: Lane;
  readonly #work: Lane;
  readonly #holds = new Holds();
  readonly #fromCold: FromCold | undefined;
  readonly #cold: Lane;
  readonly #dirSync: DirSync;
  readonly #land: LandIo;
  #rulesChanged = false;
  #toldUpTo = 0;
  #tries: { readonly triedAt: number; readonly nextTryAt: number } | undefined;

  constructor(site: Site, peers: IncomingPeers) {
    this.#site = site;
    this.#dirSync = new DirSync(site.disk, site.root);
    // Who had the workspace open before may have ended between a placement and its sync.
    for (const path of site.state.landings.paths()) this.#dirSync.add(dirname(diskPath(site.root, path)));
    this.#fromCold = site.recall && new FromCold(this.#coldIo(site, site.recall));
    this.#land = {
      site,
      holds: this.#holds,
      fromCold: this.#fromCold,
      dirSync: this.#dirSync,
      awaited: new Set(),
      localEdit: (path) => peers.localEdit(path),
    };
    this.#noting = new Noting(site, {
      localEdit: (path) => peers.localEdit(path),
      wentBack: () => peers.wentBack(),
      withBase: (work) => peers.withBase(work),
      noted: (path) => this.#noted(path),
      batchDone: () => this.#work.wake(),
      examined: () => {
        peers.examined();
        this.#work.wake();
      },
    });
    this.#bringIn = new BringIn(this.#land, { applied: () => peers.applied(), rests: () => this.#work.wake() });
    const { clock, signal } = site;
    const onFailure = (error: unknown, retryInMs: number) => peers.failed(error, retryInMs);
    const onRecovered = () => peers.recovered();
    this.#notes = new Lane({ clock, signal, step: () => this.#noting.step(), onFailure, onRecovered });
    this.#work = new Lane({ clock, signal, step: () => this.#workOff(), onFailure, onRecovered });
    this.#cold = new Lane({ clock, signal, step: async () => this.#fromCold?.step(), onFailure });
  }

  #coldIo(site: Site, recall: Recall): FromColdIo {
    const { clock, signal, state, problems } = site;
    return {
      clock,
      signal,
      recall,
      isWanted(path, sha) {
        const entry = state.behind.at(path)?.entry;
        return entry !== undefined && isFile(entry) && entry.sha === sha;
      },
      mayCome: () => this.#work.wake(),
      failed: (path, error) => holdFor(this.#land, path, error),
      cannot: (path, error, retryInMs) => sayOnlyInCold(site, path, error, retryInMs),
      can: (path) => problems.clearIf(path, ['object-missing']),
      wake: () => this.#cold.wake(),
    };
  }

  /** @returns its strands, which end with the signal, or one of them by a bug */
  run(): readonly Promise<void>[] {
    return [this.#notes.run(), this.#work.run(), this.#cold.run()];
  }

  /** Nothing is under way any more. Call it when the strands have ended. */
  async ended(): Promise<void> {
    await this.#bringIn.ended();
  }

  get isCurrent(): boolean {
    return this.#noting.isCurrent;
  }

  get pending(): number {
    if (this.#site.mode === 'send') return 0;
    return this.#site.state.behind.count;
  }

  /** How many of the pending ones wait for something other than their turn. */
  get held(): number {
    return this.#holds.size + (this.#fromCold?.size ?? 0);
  }

  /** How many of them do, with those in whose place something is kept here: they wait for it also while they are tried. */
  heldWith(kept: Paths): number {
    let held = this.held;
    if (held >= this.pending) return held;
    for (const path of kept.keys()) {
      const isHeld = this.#holds.has(path) || this.#fromCold?.has(path);
      if (!isHeld && this.#site.state.behind.at(path)) held++;
    }
    return held;
  }

  /** Of the last pass over what is to come, while all of it waits for something other than its turn. */
  get tries(): { readonly triedAt: number; readonly nextTryAt: number } | undefined {
    return this.pending > 0 ? this.#tries : undefined;
  }

  /** Somebody puts an object that may be to come here. */
  heardOf(hint: PutHint): void {
    this.#bringIn.heard(hint);
  }

  /** The revision of the `current` that was told last; 0: none was. */
  get toldUpTo(): number {
    return this.#toldUpTo;
  }

  /** `current` is (or moved to) this. */
  moved(head: CurrentAt): void {
    this.#toldUpTo = head.revision;
    this.#noting.moved(head);
    this.#notes.wake();
  }

  /** The base of these paths moved, or the disk was looked at again: who waited for that tries again. */
  released(paths: readonly RelPath[]): void {
    let some = false;
    for (const path of paths) {
      endProblem(this.#land, path);
      // What a commit gave way to may be noted by nobody else.
      some = this.#site.state.behind.at(path) !== undefined || some;
      if (this.#holds.size > 0) some = this.#holds.release(path) || some;
    }
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

  /** The rows are as this node's own commit left them. Call it while nobody else moves the base. */
  async noteOwn(): Promise<void> {
    await this.#noting.noteOwn();
  }

  /** Other paths are ignored than before. */
  rulesChanged(): void {
    this.#rulesChanged = true;
    this.#work.wake();
  }

  /** What failed may work now. */
  retryNow(): void {
    this.#holds.clear();
    this.#fromCold?.retryNow();
    this.#notes.retryNow();
    this.#work.retryNow();
  }

  /** One pass over the list: files and directories in path order, then deletions, children before parents. */
  async #workOff(): Promise<number | undefined> {
    const site = this.#site;
    const { state } = site;
    if (this.#rulesChanged) {
      this.#rulesChanged = false;
      await takeBack(site);
    }
    this.#bringIn.throwFailure();
    if (!mayPlace(site)) return undefined;
    const triedAt = site.clock.now();
    if (state.behind.count > 0) await this.#workThrough();
    pruneAwaited(this.#land);
    this.#fromCold?.prune();
    // Before all is noted, nobody knows what is wanted.
    if (this.isCurrent) await this.#bringIn.sweepParts();
    this.#tries = undefined;
    if (state.behind.count === 0) return undefined;
    const isStuck = this.held >= state.behind.count;
    if (isStuck) site.announcer.stuck(site.problems.list());
    const now = site.clock.now();
    const nextAt = this.#holds.nextAt(triedAt, (path) => this.#fromCold?.isAbout(path) === true);
    const againAt = Math.max(now + 1, Math.min(nextAt ?? Number.POSITIVE_INFINITY, now + LOOK_AGAIN_MS));
    if (isStuck) this.#tries = { triedAt, nextTryAt: againAt };
    return againAt - now;
  }

  async #workThrough(): Promise<void> {
    const site = this.#site;
    const { state } = site;
    // New before gone: what is noted from here on may bring something new that this pass does not see.
    const noted = state.base?.revision ?? 0;
    for (let after = ''; ; ) {
      const batch = state.behind.nextPuts(after, BATCH);
      const last = batch.at(-1);
      if (!last) break;
      await this.#bringIn.all(this.#triable(withoutIgnored(site, batch)));
      after = last.path;
    }
    for (let before: string | undefined; ; ) {
      const batch = state.behind.nextDeletes(before, BATCH);
      const last = batch.at(-1);
      if (!last || !mayPlace(site)) break;
      // Also where what is new takes long.
      const due = batch.filter(({ revision }) => revision <= noted && !this.#bringIn.isAwaiting(revision));
      removeAll(this.#land, this.#triable(withoutIgnored(site, due)));
      await nextTurn();
      before = last.path;
    }
    site.changed();
  }

  #triable(batch: readonly Behind[]): Behind[] {
    const now = this.#site.clock.now();
    const wanted = this.#site.mode === 'send' ? batch.filter(({ revision }) => revision === ASKED_FOR) : batch;
    return wanted.filter(({ path }) => !this.#fromCold?.has(path) && this.#holds.mayTry(path, now));
  }

  /** The path has another note than before, or none. */
  #noted(path: RelPath): void {
    this.#holds.drop(path);
    this.#fromCold?.drop(path);
    this.#bringIn.noted(path);
    endProblem(this.#land, path);
  }
}
