// A project on in-memory stores, for tests of what is built on commits.
import { type CommitIo, type CommitResult, commit } from '../commit/commit.ts';
import type { PathOp } from '../commit/path-op.ts';
import { createProject } from '../commit/project.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { systemClock } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { FileEntry } from '../model/entry.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';

export const PROJECT = parseProjectName('demo');
export const ACTOR: Actor = { kind: 'node', id: 'node-a' };

export function memoryCommitIo(): CommitIo & { readonly objects: ReturnType<typeof memoryObjectStore> } {
  const objects = memoryObjectStore();
  return { objects, nodes: objectNodes(objects), index: memoryKeyValue(), clock: systemClock };
}

export async function newProject(io: CommitIo): Promise<void> {
  await createProject(io, PROJECT, ACTOR);
}

/** Stores the text and names it: the op that puts it at `path`. */
export async function putText(io: CommitIo, path: string, text: string): Promise<PathOp> {
  const bytes = Buffer.from(text);
  const sha = shaOf(bytes);
  await io.objects.put(sha, bytes.length, bytes);
  const entry: FileEntry = { path: parseRelPath(path), sha, size: bytes.length, mode: 0o644, mtime: 1_700_000_000_000 };
  return { kind: 'put', entry };
}

export function commitOps(io: CommitIo, ...ops: PathOp[]): Promise<CommitResult> {
  return commit(io, { project: PROJECT, ops, actor: ACTOR });
}

/** @throws unless it was committed */
export async function commitText(io: CommitIo, path: string, text: string) {
  const result = await commitOps(io, await putText(io, path, text));
  if (result.kind !== 'committed') throw new Error(`expected a commit, got ${result.kind}`);
  return result;
}
