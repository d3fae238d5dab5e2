// Keeps the index of paths at what `current` says (I2): each time that it moves, the manifest that was indexed is compared
// with the new one, so an edit costs what it changed, and a restart goes on where it was. A first look walks the whole
// manifest, a batch at a time, and other work goes on between the batches.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { watchCurrent } from '../../core/commit/current.ts';
import { diffTrees } from '../../core/manifest/diff.ts';
import type { NodeReader } from '../../core/manifest/tree.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { ObjectAbsentError } from '../../core/store/store-errors.ts';
import type { PathChange, PathIndex } from './path-index.ts';

export interface PathIndexerIo {
  readonly paths: PathIndex;
  readonly nodes: NodeReader;
  /** for a first look, which passes every node once and must not empty the cache that pages live on */
  readonly nodesOnce: NodeReader;
  readonly index: Pick<KeyValue, 'watch'>;
  readonly log: Log;
}

/** One transaction: some milliseconds. */
const BATCH = 300;

export class PathIndexer {
  readonly #io: PathIndexerIo;
  readonly #indexed: (project: ProjectName) => void;
  /** what `current` of each project names; undefined: the project is gone */
  readonly #wanted = new Map<ProjectName, Sha | undefined>();
  #wake = () => {};

  /** @param indexed  told of each project whose paths can be searched as they are now */
  constructor(io: PathIndexerIo, indexed: (project: ProjectName) => void) {
    this.#io = io;
    this.#indexed = indexed;
  }

  /** Runs until the signal aborts.
   *  @throws what the stores throw; it goes on from there when it is run again */
  async run(signal: AbortSignal): Promise<void> {
    const failing = new AbortController();
    const both = AbortSignal.any([signal, failing.signal]);
    const stop = (error: unknown) => {
      failing.abort(error);
      this.#wake();
    };
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
        this.#wanted.set(change.at.project, change.at.current.manifest_sha);
      }
      if (change.kind === 'deleted') this.#wanted.set(change.project, undefined);
      if (change.kind === 'caught-up') {
        for (const { name } of this.#io.paths.projects()) if (!seen.has(name)) this.#wanted.set(name, undefined);
      }
      this.#wake();
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
        if (!this.#wanted.has(project)) this.#wanted.set(project, root);
        throw error;
      }
      if (!signal.aborted) this.#indexed(project);
    }
  }

  #isAt(project: ProjectName, root: Sha): boolean {
    const known = this.#io.paths.project(project);
    return known?.root === root && known.towards === null;
  }

  async #index(project: ProjectName, root: Sha, signal: AbortSignal): Promise<void> {
    const { paths, log } = this.#io;
    const known = paths.project(project);
    try {
      // What was begun is brought to its end first: half of it is there, and no other comparison would name it.
      if (known?.towards && known.towards !== root) await this.#bring(project, known.root, known.towards, signal);
      await this.#bring(project, paths.project(project)?.root ?? null, root, signal);
    } catch (error) {
      // A manifest of long ago was swept: there is nothing to compare with.
      if (!(error instanceof ObjectAbsentError) || !known || error.sha === root) throw error;
      log.info(
        { project },
        `the paths of ${project} are read anew: the manifest that was indexed is not kept any more`,
      );
      await this.#forget(project, signal);
      await this.#bring(project, null, root, signal);
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

async function* added(nodes: NodeReader, root: Sha): AsyncIterable<PathChange> {
  for await (const { path } of walkTree(nodes, root)) yield { kind: 'added', path };
}

async function* moved(nodes: NodeReader, from: Sha, to: Sha): AsyncIterable<PathChange> {
  for await (const change of diffTrees(nodes, from, to)) {
    if (change.kind === 'added') yield { kind: 'added', path: change.entry.path };
    if (change.kind === 'removed') yield { kind: 'removed', path: change.was.path };
  }
}
