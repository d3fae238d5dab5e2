// Derives the events of a commit from its manifest and its parent's. Nothing else goes in, so that whoever derives them,
// and however often, gets the same events with the same ids. They are handed out one by one: a first commit of a million
// files has two million of them.
import type { ChainedCommit } from '../commit/chain.ts';
import { pairMoves } from '../manifest/diff.ts';
import { FilledDirs } from '../manifest/filled-dirs.ts';
import type { Change, NodeReader } from '../manifest/tree.ts';
import type { Commit } from '../model/commit.ts';
import { type Entry, type FileEntry, isFile } from '../model/entry.ts';
import { type EventBody, type FsEvent, traceOf } from '../model/event.ts';
import type { Sha, Tenant } from '../model/ids.ts';
import { mimeOf } from '../model/mime.ts';
import type { RelPath } from '../model/rel-path.ts';
import { type Changes, changesBetween, NO_CHANGES } from './changes-between.ts';

/** I10: ObjectCreated, then the Path events that use the objects, then ProjectCurrentChanged. Memory holds the shas that the
 *  commit brings or takes away, about 120 bytes each, and the files that it moves.
 *  @throws ObjectAbsentError  before the first event: a manifest is not kept any more */
export async function* commitEvents(
  nodes: NodeReader,
  tenant: Tenant,
  link: ChainedCommit,
  parent: Commit | undefined,
): AsyncGenerator<FsEvent> {
  const { sha: commitSha, commit } = link;
  const changes = parent ? await changesBetween(nodes, parent.manifest_sha, commit.manifest_sha) : NO_CHANGES;
  let position = 0;
  for await (const body of bodiesOf(changes, link, parent)) {
    const at = position++;
    if (body) yield envelope(tenant, commitSha, commit, at, body);
  }
  yield currentChanged(tenant, link, position);
}

/** @returns undefined takes a position and says nothing: a version that told of it gave what follows the same ids */
async function* bodiesOf(
  changes: Changes,
  { sha: commitSha, commit }: ChainedCommit,
  parent: Commit | undefined,
): AsyncGenerator<EventBody | undefined> {
  const { gone, known, filled } = await goneBefore(changes);
  const moves = await movesAmong(changes, gone);
  if (parent?.project !== commit.project) yield { type: 'ProjectCreated', payload: { name: commit.project } };
  for await (const entry of newObjects(changes, known)) {
    yield {
      type: 'ObjectCreated',
      payload: { sha: entry.sha, size: entry.size, mime: mimeOf(entry.path), commit_sha: commitSha },
    };
  }
  for await (const change of changes()) {
    const body = pathEvent(change, moves, commitSha);
    if (body) yield filled.has(change) ? undefined : body;
  }
  for (const conflict of commit.conflicts ?? []) {
    yield { type: 'PathConflict', payload: { ...conflict, commit_sha: commitSha } };
  }
}

/** The event that ends a commit's.
 *  @param position  among them; `untold`: how many come before it cannot be known any more. Any number could be the id of
 *  another one of them, that was told before, and the stream would drop the end as a repeat */
export function currentChanged(tenant: Tenant, { sha, commit }: ChainedCommit, position: number | 'untold'): FsEvent {
  return envelope(tenant, sha, commit, position, {
    type: 'ProjectCurrentChanged',
    payload: {
      commit_sha: sha,
      manifest_sha: commit.manifest_sha,
      parents: [...commit.parents],
      counts: commit.counts,
      files: commit.files,
      bytes: commit.bytes,
      ...(commit.message === undefined ? {} : { message: commit.message }),
      ...(commit.unlisted_conflicts === undefined ? {} : { unlisted_conflicts: commit.unlisted_conflicts }),
    },
  });
}

/** I10: the order that readers rely on. What is of a later stage may be in the stream only when all of the earlier ones is:
 *  who finds `ProjectCurrentChanged` there takes the commit for told. */
export function stageOf({ type }: FsEvent): number {
  switch (type) {
    case 'ProjectCreated':
    case 'ObjectCreated':
      return 0;
    case 'ProjectCurrentChanged':
      return 2;
    default:
      return 1;
  }
}

function envelope(
  tenant: Tenant,
  commitSha: Sha,
  commit: Commit,
  position: number | 'untold',
  body: EventBody,
): FsEvent {
  return {
    id: `${commitSha}-${position}`,
    ts: commit.ts,
    tenant,
    project: commit.project,
    actor: commit.actor,
    trace: traceOf(commitSha),
    ...body,
  } as FsEvent;
}

interface GoneBefore {
  /** what files held that went */
  readonly gone: ReadonlySet<Sha>;
  /** the same, and what those held that changed */
  readonly known: Set<Sha>;
  /** empty directories that went only because something came into them */
  readonly filled: FilledDirs;
}

async function goneBefore(changes: Changes): Promise<GoneBefore> {
  const gone = new Set<Sha>();
  const known = new Set<Sha>();
  const filled = new FilledDirs();
  for await (const change of changes()) {
    filled.see(change);
    if (change.kind === 'added' || !isFile(change.was)) continue;
    known.add(change.was.sha);
    if (change.kind === 'removed') gone.add(change.was.sha);
  }
  return { gone, known, filled };
}

interface Moves {
  /** a file's new path → where it was */
  readonly from: ReadonlyMap<RelPath, FileEntry>;
  readonly left: ReadonlySet<RelPath>;
}

async function movesAmong(changes: Changes, gone: ReadonlySet<Sha>): Promise<Moves> {
  const from = new Map<RelPath, FileEntry>();
  const left = new Set<RelPath>();
  const back = new Set<Sha>();
  if (gone.size > 0) {
    for await (const change of changes()) {
      if (change.kind === 'added' && isFile(change.entry) && gone.has(change.entry.sha)) back.add(change.entry.sha);
    }
  }
  if (back.size === 0) return { from, left };
  const paired: Change[] = [];
  for await (const change of changes()) {
    if (change.kind === 'updated') continue;
    const entry = change.kind === 'added' ? change.entry : change.was;
    if (isFile(entry) && back.has(entry.sha)) paired.push(change);
  }
  for (const move of pairMoves(paired)) {
    if (move.kind !== 'moved') continue;
    from.set(move.entry.path, move.was);
    left.add(move.was.path);
  }
  return { from, left };
}

/** The objects that this commit brings: each sha once, and none that the same commit only moves.
 *  @param known  what was there; those that are brought come to it */
async function* newObjects(changes: Changes, known: Set<Sha>): AsyncGenerator<FileEntry> {
  for await (const change of changes()) {
    if (change.kind === 'removed' || !isFile(change.entry) || known.has(change.entry.sha)) continue;
    known.add(change.entry.sha);
    yield change.entry;
  }
}

/** @returns undefined for the old path of a move: it is told at its new one */
function pathEvent(change: Change, moves: Moves, commit_sha: Sha): EventBody | undefined {
  switch (change.kind) {
    case 'added': {
      const { path } = change.entry;
      const was = moves.from.get(path);
      const entry = facts(change.entry);
      if (was) return { type: 'PathMoved', payload: { path, from: was.path, entry, commit_sha } };
      return { type: 'PathCreated', payload: { path, entry, commit_sha } };
    }
    case 'updated':
      return {
        type: 'PathUpdated',
        payload: { path: change.entry.path, entry: facts(change.entry), was: facts(change.was), commit_sha },
      };
    case 'removed': {
      const { path } = change.was;
      if (moves.left.has(path)) return undefined;
      return { type: 'PathDeleted', payload: { path, was: facts(change.was), commit_sha } };
    }
  }
}

function facts(entry: Entry) {
  const { path: _, ...rest } = entry;
  return rest;
}
