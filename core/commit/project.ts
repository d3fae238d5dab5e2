// Creates and lists projects. A project exists when its `current` does; it starts with an empty manifest.
import { emptyTree } from '../manifest/build.ts';
import { isoTime } from '../model/clock.ts';
import { type Actor, type Commit, type CurrentAt, encodeCommit } from '../model/commit.ts';
import { type ProjectName, parseProjectName } from '../model/ids.ts';
import type { CommitIo } from './commit.ts';
import { readCurrent } from './current.ts';
import { leftMarks, wipeMarks } from './marks.ts';
import { startProject } from './start-project.ts';

export type CreateProjectResult =
  | { readonly kind: 'created'; readonly at: CurrentAt }
  | { readonly kind: 'exists'; readonly at: CurrentAt };

export async function createProject(io: CommitIo, name: ProjectName, actor: Actor): Promise<CreateProjectResult> {
  const there = await readCurrent(io.index, name);
  if (there) return { kind: 'exists', at: there };
  const left = await leftMarks(io.index, name);
  const root = await emptyTree(io.nodes);
  const first: Commit = {
    v: 1,
    project: name,
    manifest_sha: root.sha,
    parents: [],
    actor,
    ts: isoTime(io.clock.now()),
    counts: { added: 0, updated: 0, deleted: 0, moved: 0 },
    files: 0,
    bytes: 0,
  };
  const { sha, bytes } = encodeCommit(first);
  await io.objects.put(sha, bytes.length, bytes);
  const current = { manifest_sha: root.sha, commit_sha: sha, files: 0, bytes: 0, ts: first.ts };
  const { kind, at } = await startProject(io, name, current, undefined);
  if (kind === 'exists') return { kind, at };
  await wipeMarks(io.index, left);
  return { kind: 'created', at };
}

export async function listProjects(index: CommitIo['index']): Promise<ProjectName[]> {
  const names: ProjectName[] = [];
  for await (const key of index.keys('projects.*.current')) names.push(parseProjectName(key.split('.')[1] ?? ''));
  return names.sort();
}
