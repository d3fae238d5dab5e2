// Fetches of large files that begin while another node still puts them, by what it tells of its put (`put-hints.ts`): when
// the commit comes, most of the bytes are here. They fill the part that the fetch then goes on from, and nothing is placed
// of them before that; what was fetched for a commit that never comes is removed.
import type { NodeId, Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { PutHint } from '../../core/store/put-hints.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { type Site, toLocalPath } from '../site.ts';
import { EarlyFetch } from './early-fetch.ts';
import { needs } from './needs.ts';
import type { Part } from './part.ts';
import { isInWork } from './stage.ts';

/** As many as the fetches that they save from waiting. */
const AT_ONCE = 2;
/** Of what is free on the disk: what may never be committed leaves room for what is. */
const ROOM_SHARE = 1 / 4;

interface Running {
  readonly path: RelPath;
  /** who puts it */
  readonly node: NodeId;
  readonly fetch: EarlyFetch;
}

export class EarlyFetches {
  readonly #site: Site;
  readonly #running = new Map<Sha, Running>();
  readonly #ending = new Set<Promise<unknown>>();

  readonly #failed: (error: unknown) => void;

  /** @param failed  by nothing that the world does */
  constructor(site: Site, failed: (error: unknown) => void) {
    this.#site = site;
    this.#failed = failed;
  }

  has(sha: Sha): boolean {
    return this.#running.has(sha);
  }

  heard(hint: PutHint): void {
    const { signal } = this.#site;
    const running = this.#running.get(hint.sha);
    if (running) {
      if (running.fetch.sizeBytes === hint.sizeBytes) running.fetch.heard(hint.chunks);
      return;
    }
    const path = toLocalPath(this.#site, hint.path);
    if (signal.aborted || path === undefined || !this.#isWanted(hint, path)) return;
    // The file was changed while it was put. What another node puts there may be what is committed last.
    for (const other of this.#running.values()) {
      if (other.path === path && other.node === hint.node) other.fetch.drop();
    }
    if (this.#running.size < AT_ONCE) this.#start(hint, path);
  }

  /** Ends the fetch of this object. @returns what it has, open; undefined: nothing */
  async take(sha: Sha): Promise<Part | undefined> {
    return this.#running.get(sha)?.fetch.take();
  }

  async ended(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #start({ sha, sizeBytes, chunks, node }: PutHint, path: RelPath): void {
    const { hints, log, project } = this.#site;
    if (!hints) return;
    const io = { ...this.#site, hints, transfers: this.#site.transfers.down, failed: this.#failed };
    const fetch = new EarlyFetch(io, { sha, size: sizeBytes });
    this.#running.set(sha, { path, node, fetch });
    log.debug({ project, path, sha, sizeBytes, node }, 'a large file is fetched while it is put');
    fetch.heard(chunks);
    const ending = fetch.ended.finally(() => {
      this.#running.delete(sha);
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
  }

  /** As far as one can know before the commit. */
  #isWanted({ node, sha, sizeBytes }: PutHint, path: RelPath): boolean {
    const { disk, root, state, mode, ignores, transfers } = this.#site;
    // It keeps its file open from one hint to the next.
    if (transfers.down.limitsOpenFiles) return false;
    if (node === this.#site.node || mode === 'send' || sizeBytes <= SMALL_BYTES) return false;
    if (ignores.ignores(path, false) || state.rows.ofSha(sha).length > 0 || isInWork(root, sha)) return false;
    try {
      const entry = { path, sha, size: sizeBytes, mode: 0o600, mtime: 0 };
      return needs(this.#site, { path, entry }) === 'bytes' && sizeBytes <= disk.freeBytes(root) * ROOM_SHARE;
    } catch (error) {
      if (isDiskError(error)) return false;
      throw error;
    }
  }
}
