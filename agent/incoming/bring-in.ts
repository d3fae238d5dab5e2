// Brings the bytes of what is behind to this node and lets them land: small files in parallel, large ones beside them, and
// from this node's own disk where they are here already. Rules come before what they may leave out.
import { isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { PutHint } from '../../core/store/put-hints.ts';
import { sameVersion } from '../../core/sync/plan.ts';
import { GroupSync } from '../disk/group-sync.ts';
import { withoutIgnored } from '../ignore/leave-out.ts';
import { isRulesFile } from '../ignore/read-rules.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import type { Site } from '../site.ts';
import type { Behind } from '../state/behind-list.ts';
import { Arrivals } from './arrivals.ts';
import { EarlyFetches } from './early-fetches.ts';
import { holdFor, waitForLocal } from './hold-for.ts';
import { type LandIo, placeAll, type Staged } from './land.ts';
import { type FileBehind, LargeFetches } from './large-fetches.ts';
import { besides, losingItsName } from './local-bytes.ts';
import { findClash } from './name-clash.ts';
import { needs } from './needs.ts';
import { backToPart } from './part.ts';
import { stage } from './stage.ts';
import { stageCopy } from './stage-copy.ts';
import { sweepParts } from './sweep-parts.ts';
import { syncBytes } from './sync-bytes.ts';
import { discard } from './taken-out.ts';

interface Wanted {
  readonly behind: Behind;
  /** the file that moves there; undefined: its bytes have to be fetched */
  readonly from: RelPath | undefined;
}

/** Each is a round trip to NATS and one to the disk, whose journal takes many at once. */
const SMALL_FETCHES = 192;

export interface BringInOptions {
  /** something came to disk */
  applied(): void;
  /** no large file is under way any more */
  rests(): void;
}

/** I12: what was noted on a line that broke may be of commits that the store has lost; then what it removes would be
 *  nowhere. Nor does anything come that rules above may name which are not read yet. The next note tells, and wakes this work
 *  again. */
export const mayPlace = (site: Site): boolean =>
  site.isThere() && site.heard.isContinued && site.ignores.awaited === undefined;

export class BringIn {
  readonly #site: Site;
  readonly #land: LandIo;
  readonly #options: BringInOptions;
  readonly #large: LargeFetches;
  readonly #syncs = new GroupSync();
  readonly #early: EarlyFetches;
  #largeFailure: { readonly error: unknown } | undefined;
  /** what was cut before this start may lie there */
  #hasParts = true;

  constructor(land: LandIo, options: BringInOptions) {
    this.#site = land.site;
    this.#land = land;
    this.#options = options;
    this.#early = new EarlyFetches(this.#site, (error) => this.#failed({ error }));
    this.#large = new LargeFetches({
      signal: land.site.signal,
      isDue: (behind) => this.#isDue(behind),
      fetch: (behind, untilSuperseded) => this.#fetchLarge(behind, untilSuperseded),
      rests: (failure) => this.#failed(failure),
    });
  }

  #failed(failure: { readonly error: unknown } | undefined): void {
    this.#largeFailure = failure;
    this.#options.rests();
  }

  /** No large file is under way any more. */
  async ended(): Promise<void> {
    await Promise.all([this.#large.ended(), this.#early.ended()]);
  }

  /** Somebody puts an object that may be to come here. */
  heard(hint: PutHint): void {
    if (mayPlace(this.#site)) this.#early.heard(hint);
  }

  /** The path has another note than before, or none. */
  noted(path: RelPath): void {
    if (!this.#large.isResting) this.#large.noted(path, this.#site.state.behind.at(path)?.entry);
  }

  /** Whether something that came with this revision is under way. */
  isAwaiting(revision: number): boolean {
    return this.#large.isAwaiting(revision);
  }

  /** @throws what a large file failed by since the last call */
  throwFailure(): void {
    const failure = this.#largeFailure;
    this.#largeFailure = undefined;
    if (failure) throw failure.error;
  }

  /** Removes what was fetched of files that are not wanted any more. Only when all is noted: before, nobody knows. */
  async sweepParts(): Promise<void> {
    if (!this.#hasParts || !this.#large.isResting) return;
    this.#hasParts = (await sweepParts(this.#site, (sha) => this.#early.has(sha))) > 0;
  }

  /** Small files are on disk when it resolves; large ones follow.
   *  @throws what is no failure of one path */
  async all(batch: readonly Behind[]): Promise<void> {
    await this.#bringIn(await this.#rulesFirst(batch));
  }

  /** What the rules of a batch leave out never comes to disk.
   *  @returns what is left to bring in */
  async #rulesFirst(batch: readonly Behind[]): Promise<readonly Behind[]> {
    const rules = batch.filter(({ path }) => isRulesFile(path));
    if (rules.length === 0) return batch;
    await this.#bringIn(rules);
    return withoutIgnored(
      this.#site,
      batch.filter(({ path }) => !isRulesFile(path)),
    );
  }

  /** Fetches in parallel; what is staged is placed together, in few turns and few transactions. */
  async #bringIn(batch: readonly Behind[]): Promise<void> {
    const arrivals = new Arrivals((staged) => this.#placeAll(staged));
    const moved = new Set<RelPath>();
    const isAnyGoing = this.#site.state.behind.nextDeletes(undefined, 1).length > 0;
    const queue: Wanted[] = [];
    for (const behind of batch) {
      const needed = needs(this.#site, behind);
      if (needed === 'nothing') arrivals.add({ behind, file: undefined });
      if (needed === 'local-first') waitForLocal(this.#land, behind.path, behind.path);
      if (needed !== 'bytes') continue;
      // What it clashes with goes first, and may be the one that it would be moved from.
      const canMove = isAnyGoing && !findClash(this.#site, behind.path);
      const from = canMove ? losingItsName(this.#site, behind, moved) : undefined;
      if (from === undefined && isLarge(behind)) {
        this.#hasParts = true;
        this.#large.add(behind);
        continue;
      }
      if (from !== undefined) moved.add(from);
      queue.push({ behind, from });
    }
    const fetchNext = async () => {
      for (let next = queue.shift(); next && !arrivals.failed; next = queue.shift()) {
        try {
          arrivals.add(await this.#ready(next));
        } catch (error) {
          if (!holdFor(this.#land, next.behind.path, error)) arrivals.fail(error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(SMALL_FETCHES, queue.length) }, fetchNext));
    await arrivals.done();
  }

  /** What gets a name here is on the device before, also where somebody wrote it here. */
  async #ready({ behind, from }: Wanted): Promise<Staged> {
    if (from === undefined) return { behind, file: await this.#stage(behind, this.#site.signal) };
    await syncBytes(this.#site, this.#syncs, from);
    return { behind, file: undefined, from };
  }

  async #stage(behind: Behind, signal: AbortSignal): Promise<string | undefined> {
    const { disk, root, stores, transfers } = this.#site;
    const { entry } = behind;
    if (!entry || !isFile(entry)) return undefined;
    const takeEarly = (sha: Sha) => this.#early.take(sha);
    const io = {
      disk,
      root,
      objects: stores.objects,
      transfers: transfers.down,
      takeEarly,
      syncs: this.#syncs,
      signal,
    };
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
    if (!noted || !sameVersion(noted.entry, behind.entry) || !mayPlace(this.#site)) return false;
    const [left] = withoutIgnored(this.#site, [behind]);
    if (!left || this.#land.fromCold?.has(left.path) || !this.#land.holds.mayTry(left.path, clock.now())) return false;
    return needs(this.#site, left) === 'bytes';
  }

  #placeAll(staged: readonly Staged[]): void {
    if (!mayPlace(this.#site)) {
      for (const one of staged) this.#putOff(one);
      return;
    }
    if (placeAll(this.#land, staged) > 0) this.#options.applied();
    this.#site.changed();
  }

  /** The line broke when all of it was here: what is large is not fetched twice for that. */
  #putOff({ behind, file }: Staged): void {
    const { disk, root } = this.#site;
    if (file === undefined) return;
    if (isLarge(behind)) backToPart(disk, root, behind.entry.sha, file);
    else discard(disk, file);
  }
}

function isLarge(behind: Behind): behind is FileBehind {
  return behind.entry !== undefined && isFile(behind.entry) && behind.entry.size > SMALL_BYTES;
}
