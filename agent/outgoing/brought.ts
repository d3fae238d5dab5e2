// What a batch brings is made sure of before its commit takes its turn at the base, so that nobody else waits for it: that it
// is still in hot, where it waited for long (I5), and that cold has proven it, where the project is strict. A commit may wait
// for that longer than NATS keeps what nothing names: what is gone from there is put again from its file.

import { broughtBy, provenInCold } from '../../core/commit/cold-proofs.ts';
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import type { Version } from '../../core/sync/plan.ts';
import { atOnce } from '../../core/tier/at-once.ts';
import type { Site } from '../site.ts';
import type { LocalChange } from './committer.ts';
import { putFileAgain, replaceByFile } from './put-again.ts';

/** Far below the time that a sweep leaves to what no commit names. */
const LONG_WAIT_MS = 3_600_000;
const ASKED_AT_ONCE = 32;
const NOTHING: ReadonlySet<Sha> = new Set();

/** NATS has lost what this node put there, and no file has it as it was: it is looked at again. */
export class BytesLostError extends Error {
  override name = 'BytesLostError';
  readonly #sha: Sha;
  constructor(path: RelPath, sha: Sha, options?: ErrorOptions) {
    super(`NATS lost what was put there for ${path} before its commit: it is read and put again.`, options);
    this.#sha = sha;
  }

  isOf(version: Version): boolean {
    return version !== undefined && isFile(version) && version.sha === this.#sha;
  }
}

interface BroughtFile {
  readonly change: LocalChange;
  readonly entry: FileEntry;
}

export class Brought {
  readonly #site: Site;
  /** when what waits for long was put again; a change that is given back is the same one */
  readonly #keptAt = new WeakMap<LocalChange, number>();

  constructor(site: Site) {
    this.#site = site;
  }

  /** @returns what cold has proven; nothing where nobody asks that
   *  @throws BytesLostError; StoreUnavailableError  cold, or a server that asks it, is away; what a put throws */
  async assure(batch: readonly LocalChange[]): Promise<ReadonlySet<Sha>> {
    const { mode, heard } = this.#site;
    if (mode === 'receive') return NOTHING;
    const files = batch.flatMap((change) => (change.now && isFile(change.now) ? [{ change, entry: change.now }] : []));
    await this.#keep(files);
    return heard.at?.current.strict ? this.#prove(files) : NOTHING;
  }

  /** I5: a put protects what is there for another while. */
  async #keep(files: readonly BroughtFile[]): Promise<void> {
    const now = this.#site.clock.now();
    for (const { change, entry } of files) {
      if (now - (this.#keptAt.get(change) ?? change.since) < LONG_WAIT_MS) continue;
      await change.stored;
      await this.#putAgain(entry);
      this.#keptAt.set(change, now);
    }
  }

  async #prove(files: readonly BroughtFile[]): Promise<ReadonlySet<Sha>> {
    const { commits, project, signal } = this.#site;
    if (!commits.proofs) return NOTHING;
    await Promise.all(files.map(({ change }) => change.stored));
    const brought = broughtBy(files.map(({ entry }) => entry));
    for (let mended = false; ; mended = true) {
      try {
        await provenInCold(commits.proofs, project, brought, signal);
        return new Set(brought.map(({ sha }) => sha));
      } catch (error) {
        if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
        const lost = files.find(({ entry }) => entry.sha === error.sha);
        if (!lost) throw error;
        if (mended) throw new BytesLostError(lost.entry.path, error.sha, { cause: error });
        await this.#mend(files, error);
      }
    }
  }

  /** Where one is gone, others may be. */
  async #mend(files: readonly BroughtFile[], found: ObjectAbsentError | ObjectCorruptError): Promise<void> {
    const { stores, signal, log, project } = this.#site;
    let put = 0;
    await atOnce(files, ASKED_AT_ONCE, signal, async ({ entry }) => {
      const isDamaged = found instanceof ObjectCorruptError && entry.sha === found.sha;
      if (!isDamaged && (await stores.objects.stat(entry.sha)).kind === 'present') return;
      await this.#putAgain(entry, isDamaged ? replaceByFile : putFileAgain);
      put++;
    });
    log.warn({ project, put }, `NATS lost what a commit to ${project} was to bring; files put again: ${put}`);
  }

  async #putAgain({ path, sha }: FileEntry, put = putFileAgain): Promise<void> {
    if (!(await put(this.#site, sha, path))) throw new BytesLostError(path, sha);
  }
}
