// The uploads under way: many small files and a few large ones at once. A small file is ready as soon as it is read, while
// its bytes are on their way (I1: its commit waits for them). When the store refuses one, that one is tried again before
// the others follow.
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { ChunkPlaces } from '../../core/store/object-store.ts';
import type { Fingerprint } from '../disk/fingerprint.ts';
import { type Site, toProjectPath } from '../site.ts';
import type { Row } from '../state/file-rows.ts';
import { READ_PROBLEMS } from '../state/problems.ts';
import type { Paths } from './count-paths.ts';
import { SMALL_BYTES, type Upload, upload } from './upload.ts';
import type { Way } from './way.ts';

/** Small files under way at once: each is a round trip to NATS. */
const SMALL_UPLOADS = 64;
/** Large files under way at once: each is a stream of its own. */
const LARGE_UPLOADS = 2;
/** While uploads are at their limit, due paths wait for a place; a few places at once are worth a look. */
const WORTH_A_LOOK = 16;

export interface UploadsOptions {
  /** What came of one. @param waitedMs  for how long its path waits to be read whole */
  uploaded(path: RelPath, done: Upload, waitedMs: number): void;
  /** The path is to be looked at again. */
  again(path: RelPath): void;
}

/** I5: a base that is not current any more protects nothing from a sweep. */
export const isBaseCurrent = ({ heard, state }: Site): boolean =>
  state.base !== undefined && heard.at?.current.manifest_sha === state.base.manifestSha;

const isLarge = (sizeBytes = 0): boolean => sizeBytes > SMALL_BYTES;

export class Uploads {
  readonly #way: Way;
  readonly #options: UploadsOptions;
  readonly #running = new Map<RelPath, { again: boolean }>();
  /** those of them that are not ready yet */
  readonly #reading = new Set<RelPath>();
  #small = 0;
  #large = 0;
  /** those of the small ones that are ready already, while their bytes are on their way */
  #storing = 0;
  /** paths whose upload the store refused */
  readonly #stalled = new Set<RelPath>();
  #stallError: unknown;

  constructor(way: Way, options: UploadsOptions) {
    this.#way = way;
    this.#options = options;
  }

  /** Paths that are not ready yet. */
  get paths(): readonly Paths[] {
    return [this.#reading, this.#stalled];
  }

  get stalled(): number {
    return this.#stalled.size;
  }

  /** How many more small files may be under way. */
  get places(): number {
    return SMALL_UPLOADS - this.#small;
  }

  /** @param sizeBytes  of a file */
  hasPlace(sizeBytes: number): boolean {
    return !isLarge(sizeBytes) || this.#large < LARGE_UPLOADS;
  }

  /** Whether a small file is being read. */
  get isReading(): boolean {
    return this.#small > this.#storing;
  }

  isOnItsWay(path: RelPath): boolean {
    return this.#running.has(path) || this.#stalled.has(path);
  }

  /** @returns whether the path is under way: then it is looked at again after that */
  isRepeated(path: RelPath): boolean {
    const running = this.#running.get(path);
    if (running) running.again = true;
    return running !== undefined;
  }

  /** After a failed upload, one tells whether the store is back; while it is not, the others would only fail too.
   *  @throws what the store refused an upload with */
  async tryStalled(): Promise<void> {
    this.#throwStall();
    for (const path of this.#stalled) {
      this.#stalled.delete(path);
      await this.start(path, undefined, 0);
      this.#throwStall();
      break;
    }
    for (const path of this.#stalled) this.#options.again(path);
    this.#stalled.clear();
  }

  #throwStall(): void {
    const error = this.#stallError;
    this.#stallError = undefined;
    if (error !== undefined) throw error;
  }

  /** Never rejects.
   *  @param sizeBytes  at the last look; undefined: nobody looked, and it counts as small
   *  @param was  the row of the name that the file had before */
  async start(path: RelPath, sizeBytes: number | undefined, waitedMs: number, was?: Row): Promise<void> {
    const { site, ready, peers, wakeLooks, wakeCommits } = this.#way;
    const { disk, root, stores, fileClock, transfers, signal, state, problems } = site;
    const running = { again: false, isStoring: false };
    const large = isLarge(sizeBytes);
    this.#running.set(path, running);
    this.#reading.add(path);
    if (large) this.#large++;
    else this.#small++;
    try {
      const isCurrent = isBaseCurrent(site);
      const bases = [state.rows.at(path)?.entry, was?.entry];
      const isKnown = (sha: string) =>
        site.mode === 'receive' || (isCurrent && bases.some((base) => base && isFile(base) && base.sha === sha));
      const read = (entry: FileEntry, fingerprint: Fingerprint, stored: Promise<unknown>) => {
        running.isStoring = true;
        this.#reading.delete(path);
        this.#storing++;
        stored.catch(() => ready.putFailed(path, stored));
        ready.set(path, entry, fingerprint, stored);
      };
      const placed = (sha: Sha, sizeBytes: number, chunks: ChunkPlaces) =>
        site.hints?.tell(site.project, { node: site.node, path: toProjectPath(site, path), sha, sizeBytes, chunks });
      const objects = stores.objects;
      const io = { disk, root, objects, fileClock, transfers: transfers.up, signal, isKnown, read, placed };
      const done = await upload(io, path, sizeBytes);
      if (running.isStoring) problems.clearIf(path, READ_PROBLEMS);
      else this.#options.uploaded(path, done, waitedMs);
      peers.sent();
    } catch (error) {
      if (signal.aborted) return;
      this.#stalled.add(path);
      this.#stallError = error;
    } finally {
      if (large) this.#large--;
      else this.#small--;
      if (running.isStoring) this.#storing--;
      this.#running.delete(path);
      this.#reading.delete(path);
      if (running.again) this.#options.again(path);
      if (this.places > WORTH_A_LOOK || running.again || this.#stallError !== undefined) wakeLooks();
      if (!this.isReading) wakeCommits();
    }
  }
}
