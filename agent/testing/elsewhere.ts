// What tests see and do in a fleet's project without an agent: read what is current, and commit as another node would.
import { walkChain } from '../../core/commit/chain.ts';
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { pathVersions } from '../../core/history/path-versions.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Current } from '../../core/model/commit.ts';
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import { type Fleet, PROJECT } from './fleet.ts';

export async function currentOf({ stores }: Fleet): Promise<Current | undefined> {
  return (await readCurrent(stores.index, PROJECT))?.current;
}

/** How many commits led to what is current. */
export async function countCommits(fleet: Fleet): Promise<number> {
  const current = await currentOf(fleet);
  let count = 0;
  if (current) for await (const _ of walkChain(fleet.stores.objects, current.commit_sha)) count++;
  return count;
}

/** The paths of all that is current, each read by one who has seen nothing before. */
export async function readWhole(fleet: Fleet): Promise<string[]> {
  const { objects } = fleet.stores;
  const current = await currentOf(fleet);
  if (!current) throw new Error('the project is there');
  const paths: string[] = [];
  for await (const entry of walkTree(objectNodes(objects), current.manifest_sha)) {
    if (isFile(entry)) await readObject(objects, entry.sha);
    paths.push(entry.path);
  }
  return paths;
}

/** What commits made of a path, the last first. */
export async function historyOf(fleet: Fleet, path: string): Promise<(Sha | 'gone')[]> {
  const current = await currentOf(fleet);
  if (!current) throw new Error('the project is there');
  const all = { limit: 1_000, maxCommits: 10_000 };
  const { versions } = await pathVersions(fleet.io, current.commit_sha, fakePath(path), all);
  return versions.map(({ entry }) => (entry && isFile(entry) ? entry.sha : 'gone'));
}

/** Stores the bytes, and says how to commit them. */
export async function putFile(
  { stores }: Fleet,
  path: string,
  content: string,
): Promise<{ readonly kind: 'put'; readonly entry: FileEntry }> {
  const bytes = Buffer.from(content);
  const sha = shaOf(bytes);
  await stores.objects.put(sha, bytes.length, bytes);
  return { kind: 'put', entry: { path: fakePath(path), sha, size: bytes.length, mode: 0o644, mtime: 1_000 } };
}

export async function commitElsewhere(fleet: Fleet, ...ops: readonly PathOp[]): Promise<void> {
  await commit(fleet.io, { project: PROJECT, ops, actor: { kind: 'user', id: 'someone' } });
}
