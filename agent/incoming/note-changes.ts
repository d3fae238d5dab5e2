// Notes every path where the project differs from the base rows, as `behind` rows: what has to come to disk. Notes are
// made in batches, so that a project of a million paths takes no memory and the work begins with the first of them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { diffTrees } from '../../core/manifest/diff.ts';
import type { Change } from '../../core/manifest/tree.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import { sameVersion, type Version } from '../../core/sync/plan.ts';
import { leaveOut } from '../ignore/leave-out.ts';
import { type Site, toLocalEntry, toLocalPath } from '../site.ts';
import { ASKED_FOR } from '../state/behind-list.ts';
import type { Base } from '../state/state.ts';
import { readNodesLater } from './read-nodes.ts';

const BATCH = 1_000;

export interface Noting {
  /** this path was found to be this node's own work: what is on disk now has to be compared with it */
  recognised(path: RelPath): void;
  /** this path has a new note, or none any more */
  noted(path: RelPath): void;
  /** a batch of notes is in the rows */
  batchDone(): void;
}

/** The commit whose differences are noted. */
export type Target = Pick<Base, 'manifestSha' | 'revision'>;

/** Repeatable; may end in the middle.
 *  @param base  the manifest that the rows are noted up to; undefined: every path is compared
 *  @throws StoreUnavailableError; ObjectAbsentError, ObjectCorruptError  the head's own manifest cannot be read */
export async function noteChanges(site: Site, base: Sha | undefined, head: Target, noting: Noting): Promise<void> {
  const notes = new Notes(site, head, noting);
  if (base === undefined) return noteAll(site, head, notes);
  const told = toldChanges(site, base, head);
  if (told) {
    await noteEach(told, notes);
    void readNodesLater(site, base, head.manifestSha);
    return;
  }
  try {
    await noteEach(changedIn(diffTrees(site.stores.nodes, base, head.manifestSha)), notes);
  } catch (error) {
    if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
    // A node of either tree is missing. If it is the base's, the whole of the new tree still says all.
    site.log.warn({ error, base }, 'the base manifest cannot be read; comparing all paths');
    await noteAll(site, head, notes);
  }
}

/** What `current` itself says of a small commit: then no tree has to be read before its files are. */
function toldChanges({ heard }: Site, base: Sha, head: Target): Changed[] | undefined {
  const current = heard.at?.current;
  if (current?.manifest_sha !== head.manifestSha || current.changes?.since !== base) return undefined;
  const { put, removed } = current.changes;
  return [...put.map((entry) => ({ path: entry.path, entry })), ...removed.map((path) => ({ path, entry: undefined }))];
}

/** A project path, and what the project has there now. */
interface Changed {
  readonly path: RelPath;
  readonly entry: Version;
}

async function* changedIn(changes: AsyncIterable<Change>): AsyncIterable<Changed> {
  for await (const change of changes) {
    if (change.kind === 'removed') yield { path: change.was.path, entry: undefined };
    else yield { path: change.entry.path, entry: change.entry };
  }
}

async function noteEach(changes: AsyncIterable<Changed> | Iterable<Changed>, notes: Notes): Promise<void> {
  for await (const { path, entry } of changes) await notes.add(path, entry);
  notes.flush();
}

/** Without a base to compare to: every entry of the tree against every row. Without rows nothing is ever removed. */
async function noteAll(site: Site, head: Target, notes: Notes): Promise<void> {
  const { state, stores } = site;
  const rowDirs = [...state.rows.dirs('')];
  const listed = new Set<RelPath>();
  state.leftOut.clear();
  for await (const entry of walkTree(stores.nodes, head.manifestSha, { prefix: site.prefix })) {
    await notes.add(entry.path, entry);
    const path = rowDirs.length > 0 ? toLocalPath(site, entry.path) : undefined;
    if (path !== undefined) listed.add(path);
  }
  notes.flush();
  state.transaction(() => {
    for (const dir of rowDirs) {
      for (const { entry } of state.rows.in(dir).values()) {
        if (!listed.has(entry.path)) notes.put(entry.path, undefined);
      }
    }
  });
}

interface Note {
  readonly path: RelPath;
  readonly entry: Version;
}

class Notes {
  readonly #site: Site;
  readonly #head: Target;
  readonly #noting: Noting;
  #batch: Note[] = [];

  constructor(site: Site, head: Target, noting: Noting) {
    this.#site = site;
    this.#head = head;
    this.#noting = noting;
  }

  async add(projectPath: RelPath, projectEntry: Entry | undefined): Promise<void> {
    const path = toLocalPath(this.#site, projectPath);
    if (path === undefined) return;
    this.#batch.push({ path, entry: projectEntry && toLocalEntry(this.#site, projectEntry) });
    if (this.#batch.length < BATCH) return;
    this.flush();
    await nextTurn();
  }

  flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#site.state.transaction(() => {
      for (const { path, entry } of batch) this.put(path, entry);
    });
    this.#noting.batchDone();
  }

  put(path: RelPath, entry: Version): void {
    const { state, clock, ignores } = this.#site;
    this.#site.announcer.notes(path);
    const known = entry ?? state.rows.at(path)?.entry;
    if (known && ignores.ignores(path, !isFile(known))) {
      leaveOut(this.#site, path);
      if (entry) state.leftOut.put(entry, this.#head.revision);
      else state.leftOut.drop(path);
      this.#noting.noted(path);
      return;
    }
    state.leftOut.drop(path);
    const intent = state.intents.at(path);
    // The commit was this node's own, cut off before it was recorded: it had this version, so what is gone from disk since
    // was deleted here, and is not to come back.
    if (intent && sameVersion(intent.entry, entry)) {
      state.rows.put(intent.entry, intent.fingerprint);
      this.#noting.recognised(path);
    }
    // Only once: the same version may come again, by somebody else, when it was removed in between.
    if (intent) state.intents.drop(path);
    if (sameVersion(state.rows.at(path)?.entry, entry)) state.behind.drop(path);
    else state.behind.put({ path, entry, revision: this.#revisionAt(path), since: clock.now() });
    this.#noting.noted(path);
  }
  /** Where nothing comes unasked, what a person asked for is still asked for when it is replaced on its way. */
  #revisionAt(path: RelPath): number {
    const { state, mode } = this.#site;
    return mode === 'send' && state.behind.at(path)?.revision === ASKED_FOR ? ASKED_FOR : this.#head.revision;
  }
}
