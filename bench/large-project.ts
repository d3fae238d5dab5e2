// Projects of up to a million paths, made at once: the tree is built as a commit would leave it, and `current` is put on
// it. The files' bytes are nowhere: what is measured on these projects reads none.
import type { CommitIo } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { createProject } from '../core/commit/project.ts';
import { buildTree } from '../core/manifest/build.ts';
import { assert } from '../core/model/assert.ts';
import { type Actor, encodeCommit } from '../core/model/commit.ts';
import type { FileEntry } from '../core/model/entry.ts';
import { fakeSha, type ProjectName } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { parseRelPath, type RelPath } from '../core/model/rel-path.ts';

export const ACTOR: Actor = { kind: 'system', id: 'bench' };

export interface Layout {
  readonly name: string;
  /** of the nth file, in byte order */
  readonly pathOf: (n: number) => RelPath;
}

const padded = (n: number, digits: number): string => String(n).padStart(digits, '0');

/** Twenty directories of fifty files in each of a thousand. */
export const DEEP: Layout = {
  name: 'deep',
  pathOf: (n) =>
    parseRelPath(
      `dir-${padded(Math.floor(n / 1000), 4)}/sub-${padded(Math.floor(n / 50) % 20, 2)}/file-${padded(n, 7)}.txt`,
    ),
};
export const WIDE: Layout = {
  name: 'all in one directory',
  pathOf: (n) => parseRelPath(`all/file-${padded(n, 7)}.txt`),
};

export const fileOf = (path: RelPath, version: string): FileEntry => ({
  path,
  sha: fakeSha(`${path}:${version}`),
  size: 4096,
  mode: 0o644,
  mtime: 1_700_000_000_000,
});

export async function projectOf(io: CommitIo, name: ProjectName, { pathOf }: Layout, size: number): Promise<void> {
  await createProject(io, name, ACTOR);
  const at = await readCurrent(io.index, name);
  assert(at, 'the project is there');
  const root = await buildTree(
    io.nodes,
    (function* () {
      for (let n = 0; n < size; n++) yield fileOf(pathOf(n), 'first');
    })(),
  );
  const ts = new Date().toISOString();
  const { sha, bytes } = encodeCommit({
    v: 1,
    project: name,
    manifest_sha: root.sha,
    parents: [at.current.commit_sha],
    actor: ACTOR,
    ts,
    counts: { added: size, updated: 0, deleted: 0, moved: 0 },
    files: root.files,
    bytes: root.bytes,
  });
  await io.objects.put(sha, bytes.length, bytes);
  const current = { manifest_sha: root.sha, commit_sha: sha, files: root.files, bytes: root.bytes, ts };
  await io.index.put(currentKey(name), Buffer.from(JSON.stringify(current)));
}
