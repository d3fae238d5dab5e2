// Keeps the index of paths at what `current` says (I2): each time that it moves, the manifest that was indexed is compared
// with the new one, so an edit costs what it changed, and a restart goes on where it was. A first look walks the whole
// manifest, a batch at a time, and other work goes on between the batches. A project that cannot be read is set aside and
// tried again later: it holds up no other.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { watchCurrent } from '../../core/commit/current.ts';
import { diffTrees } from '../../core/manifest/diff.ts';
import type { NodeReader } from '../../core/manifest/tree.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import type { IndexedProject, PathChange, PathIndex } from './path-index.ts';

export interface PathIndexerIo {
  readonly paths: PathIndex;
  readonly nodes: NodeReader;
  /** for a first look, which passes every node once and must not empty the cache that pages live on */
  readonly nodesOnce: NodeReader;
  readonly index: Pick<KeyValue, 'watch'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

/** One transaction: some milliseconds. */
const BATCH = 300;
/** Most of what cannot be read is there again soon; what is lost for good costs a look now and then. */
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 300_000;

export class PathIndexer {
  readonly #io: PathIndexerIo;
  readonly #indexed: (project: ProjectName) => void;
  /** what `current` of each project names; undefined: the project is gone */
  readonly #wanted = new Map<ProjectName, Sha | undefined>();
  /** what could not be read, and waits until it is tried again, also where `current` moves meanwhile */
  readonly #setAside = new Map<ProjectName, Sha | undefined>();
  /** how often in a row a project could not be read */
  readonly #failures = new Map<ProjectName, number>();
  #wake = () => {};

  /** @param indexed  told of each project whose paths can be searched as they are now */
  constructor(io: PathIndexerIo, indexed: (project: ProjectName) => void) {
    this.#io = io;
    this.#indexed = indexed;
  }

  /** Runs until the signal aborts.
   *  @throws what the watch of `current` throws; it goes on from there when it is run again */
  async run(signal: AbortSignal): Promise<void> {
    const failing = new AbortController();
    const both = AbortSignal.any([signal, failing.signal]);
    const stop = (error: unknown) => {
      failing.abort(error);
      this.#wake();
    };
    for (const project of [...this.#setAside.keys()]) this.#tryAgain(project);
    const following = this.#follow(both).catch(stop);
    both.addEventListener('abort', () => this.#wake(), { once: true });
    await this.#work(both).catch(stop);
    await following;
    if (!signal.aborted) throw failing.signal.reason;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const seen = new Set<ProjectName>();
    for await (const change of watchCurrent(this.#io.index, '*', { signal })) {
      if (change.kind === 'moved') {
        seen.add(change.at.project);
        this.#want(change.at.project, change.at.current.manifest_sha);
      }
      if (change.kind === 'deleted') this.#want(change.project, undefined);
      if (change.kind === 'caught-up') {
        for (const { name } of this.#io.paths.projects()) if (!seen.has(name)) this.#want(name, undefined);
      }
      this.#wake();
    }
  }

  #want(project: ProjectName, root: Sha | undefined): void {
    if (root !== undefined && this.#setAside.has(project)) {
      this.#setAside.set(project, root);
    } else {
      this.#setAside.delete(project);
      this.#wanted.set(project, root);
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [next] = this.#wanted;
      if (!next) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const [project, root] = next;
      this.#wanted.delete(project);
      try {
        if (root === undefined) await this.#forget(project, signal);
        else if (!this.#isAt(project, root)) await this.#index(project, root, signal);
      } catch (error) {
        if (!signal.aborted) this.#putAside(project, root, error, signal);
        continue;
      }
      this.#failures.delete(project);
      if (!signal.aborted) this.#indexed(project);
    }
  }

  #putAside(project: ProjectName, root: Sha | undefined, error: unknown, signal: AbortSignal): void {
    const { clock, log } = this.#io;
    const failures = this.#failures.get(project) ?? 0;
    const pauseMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** failures);
    log.warn({ project, error }, `the paths of ${project} could not be read; trying again in ${pauseMs / 1_000} s`);
    this.#failures.set(project, failures + 1);
    this.#setAside.set(project, this.#wanted.has(project) ? this.#wanted.get(project) : root);
    this.#wanted.delete(project);
    clock.sleep(pauseMs, signal).then(
      () => this.#tryAgain(project),
      () => undefined,
    );
  }

  #tryAgain(project: ProjectName): void {
    if (!this.#setAside.has(project)) return;
    this.#wanted.set(project, this.#setAside.get(project));
    this.#setAside.delete(project);
    this.#wake();
  }

  #isAt(project: ProjectName, root: Sha): boolean {
    const known = this.#io.paths.project(project);
    return known?.root === root && known.towards === null;
  }

  async #index(project: ProjectName, root: Sha, signal: AbortSignal): Promise<void> {
    const { paths, log } = this.#io;
    // A forget that was cut off left paths that no manifest names.
    if (isPartlyForgotten(paths.project(project))) await this.#forget(project, signal);
    const known = paths.project(project);
    try {
      // What was begun is brought to its end first: half of it is there, and no other comparison would name it.
      if (known?.towards && known.towards !== root) await this.#bring(project, known.root, known.towards, signal);
      await this.#bring(project, paths.project(project)?.root ?? null, root, signal);
    } catch (error) {
      // A manifest of long ago was swept: there is nothing to compare with.
      const isLost = error instanceof ObjectAbsentError || error instanceof ObjectCorruptError;
      if (!isLost || !known || error.sha === root) throw error;
      await this.#readAll(root, signal);
      log.info(
        { project },
        `the paths of ${project} are read anew: the manifest that was indexed is not kept any more`,
      );
      await this.#forget(project, signal);
      await this.#bring(project, null, root, signal);
    }
  }

  /** What can be searched is not forgotten for a manifest that cannot be read itself. */
  async #readAll(root: Sha, signal: AbortSignal): Promise<void> {
    let read = 0;
    for await (const _ of walkTree(this.#io.nodesOnce, root)) {
      if (signal.aborted) return;
      read += 1;
      if (read % BATCH === 0) await nextTurn();
    }
  }

  async #bring(project: ProjectName, from: Sha | null, to: Sha, signal: AbortSignal): Promise<void> {
    const { paths, nodes, nodesOnce } = this.#io;
    if (signal.aborted) return;
    paths.begin(project, to);
    let batch: PathChange[] = [];
    const flush = async () => {
      paths.apply(project, batch);
      batch = [];
      await nextTurn();
    };
    for await (const change of from === null ? added(nodesOnce, to) : moved(nodes, from, to)) {
      if (signal.aborted) return;
      batch.push(change);
      if (batch.length === BATCH) await flush();
    }
    if (batch.length > 0) paths.apply(project, batch);
    paths.finish(project);
  }

  async #forget(project: ProjectName, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#io.paths.forgetSome(project)) await nextTurn();
  }
}

const isPartlyForgotten = (known: IndexedProject | undefined): boolean =>
  known !== undefined && known.root === null && known.towards === null;

async function* added(nodes: NodeReader, root: Sha): AsyncIterable<PathChange> {
  for await (const { path } of walkTree(nodes, root)) yield { kind: 'added', path };
}

async function* moved(nodes: NodeReader, from: Sha, to: Sha): AsyncIterable<PathChange> {
  for await (const change of diffTrees(nodes, from, to)) {
    if (change.kind === 'added') yield { kind: 'added', path: change.entry.path };
    if (change.kind === 'removed') yield { kind: 'removed', path: change.was.path };
  }
}
