// Notes what differs between the base and `current`: every such path becomes one that is behind, and then `current` is the
// base. What this node committed itself counts as noted, and a `current` that went back makes all records void (I12).
import { readCurrent } from '../../core/commit/current.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { readRulesAbove } from '../ignore/rules-above.ts';
import type { Site } from '../site.ts';
import { copyOf } from '../stamp.ts';
import type { Base } from '../state/state.ts';
import { noteChanges } from './note-changes.ts';
import { noteGoingBack, WentBack } from './went-back.ts';

export interface NotingPeers {
  /** the disk holds something else here than the base says */
  localEdit(path: RelPath): void;
  /** the path has another note than before, or none */
  noted(path: RelPath): void;
  /** some of what was noted may be brought in already */
  batchDone(): void;
  /** the differences between base and project are noted */
  examined(): void;
  /** the records are void: the whole directory has to be looked at */
  wentBack(): void;
  withBase<T>(work: () => Promise<T>): Promise<T>;
}

interface Told {
  readonly head: CurrentAt;
  /** the one that it was told on */
  readonly line: number;
}

/** Nobody goes by the older one: either the watch was told of what the store has lost, and will tell so, or who answered has
 *  not heard yet that others decide. */
const TWO_HEADS = 'its answer is older than what was told before; asking again until it is known which one holds';

/** Who does not lead any more learns it sooner; after that, what a watch told may be from before the store went back. */
const DOUBT_MS = 10_000;

export class Noting {
  readonly #site: Site;
  readonly #peers: NotingPeers;
  readonly #wentBack: WentBack;
  #told: Told | undefined;
  #doubtedAt: number | undefined;

  constructor(site: Site, peers: NotingPeers) {
    this.#site = site;
    this.#wentBack = new WentBack(site);
    this.#peers = peers;
  }

  /** `current` is (or moved to) this. */
  moved(head: CurrentAt): void {
    this.#told = { head, line: this.#site.heard.line };
  }

  /** Whether all that differs is noted. */
  get isCurrent(): boolean {
    return this.#told !== undefined && this.#told.head.current.manifest_sha === this.#site.state.base?.manifestSha;
  }

  /** Notes what differs between the base and the head, and makes the head the base.
   *  @throws StoreUnavailableError  also while it is not known which of two is the head */
  async step(): Promise<undefined> {
    const site = this.#site;
    if (!this.#told || !site.isThere()) return;
    await this.#peers.withBase(async () => {
      const head = await this.#newestHead();
      if (!head) return;
      const { commit_sha, manifest_sha } = head.current;
      // By those that count now, what came in between is noted too: rules that nobody has may have been replaced by then.
      await readRulesAbove(site, manifest_sha);
      if (site.state.ahead?.commitSha !== commit_sha) await this.#noteStation();
      await this.#noteUpTo({ commitSha: commit_sha, manifestSha: manifest_sha, revision: head.revision });
      // Whatever an earlier commit intended has shown by now: later the same version is somebody else's.
      site.state.intents.clear();
      site.announcer.noted(head);
    });
    this.#peers.examined();
    site.changed();
  }

  /** The rows are as this node's own commit left them. What came and went since would not show against an older base. Call
   *  it while nobody else moves the base. */
  async noteOwn(): Promise<void> {
    const { ahead } = this.#site.state;
    if (ahead) await readRulesAbove(this.#site, ahead.manifestSha);
    await this.#noteStation();
  }

  async #noteStation(): Promise<void> {
    const { ahead, begun } = this.#site.state;
    const station = ahead ?? begun;
    if (station) await this.#noteUpTo(station);
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
      // Where the records were lost, what lies here may be older.
      if (!site.state.base && !copyOf(site.state)) site.state.setMeta('joined', target.commitSha);
      site.state.setBegun(target);
      const noting = {
        recognised: (path: RelPath) => this.#peers.localEdit(path),
        noted: (path: RelPath) => this.#peers.noted(path),
        batchDone: () => this.#peers.batchDone(),
      };
      await noteChanges(site, whole ? undefined : site.state.base?.manifestSha, target, noting);
    }
    site.state.setBase(target);
  }

  /** The watch may lag behind this node's own commits: a head that is older than the base is asked for again, and so is the
   *  first one of a line, always of who cannot lag: an older one would look like one that went back. If current
   *  really went back (I12), the base means nothing any more: all is compared anew, and nothing is deleted. */
  async #newestHead(): Promise<CurrentAt | undefined> {
    const { state, stores, project, log, heard } = this.#site;
    const { line } = heard;
    const told = this.#told;
    if (!told) return undefined;
    const newest = state.ahead ?? state.base;
    const isLate = newest && told.head.revision < newest.revision;
    const mustAsk = isLate || !heard.isContinued;
    const head = mustAsk ? await readCurrent(stores.index, project, { newest: true }) : told.head;
    if (!head) return undefined;
    if (told.line === line && head.revision < told.head.revision) this.#doubt();
    this.#doubtedAt = undefined;
    if (await this.#wentBack.has(head)) {
      log.warn({ project, base: state.base, current: head.current }, 'current went back; comparing all files anew');
      state.transaction(() => {
        state.forget();
        noteGoingBack(state);
      });
      this.#site.announcer.wentBack();
      this.#peers.wentBack();
    }
    heard.continued(line);
    if (this.#told === told) this.#told = { head, line };
    return head;
  }

  /** @throws StoreUnavailableError  until the same was found for a while */
  #doubt(): void {
    const now = this.#site.clock.now();
    this.#doubtedAt ??= now;
    if (now - this.#doubtedAt < DOUBT_MS) throw new StoreUnavailableError('hot', TWO_HEADS);
  }
}
