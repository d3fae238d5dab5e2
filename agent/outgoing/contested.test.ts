import { expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { Lineage } from '../../core/commit/lineage.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { createProject } from '../../core/commit/project.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import type { FileEntry } from '../../core/model/entry.ts';
import { parseProjectName, shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { IgnoreRules } from '../ignore/ignore-rules.ts';
import { openState } from '../state/open-state.ts';
import { Problems } from '../state/problems.ts';
import { type Contested, decideContested } from './contested.ts';
import type { Draft } from './draft.ts';

const project = parseProjectName('demo');
const actor = { kind: 'system', id: 'test' } as const;
const path = fakePath('file');
const entry: FileEntry = { path, sha: shaOf('content'), size: 7, mode: 0o644, mtime: 1_000 };

/** A workspace that has noted what these commits made of the project. */
async function begin(...commits: readonly PathOp[][]) {
  const objects = memoryObjectStore();
  const clock = virtualClock();
  const io = { objects, clock, index: memoryKeyValue(), nodes: objectNodes(objects) };
  const headNow = async () => {
    const at = await readCurrent(io.index, project);
    if (!at) throw new Error('there is a project');
    const { commit_sha: commitSha, manifest_sha: manifestSha } = at.current;
    return { commitSha, manifestSha, revision: at.revision };
  };
  await createProject(io, project, actor);
  await objects.put(entry.sha, entry.size, Buffer.from('content'));
  for (const ops of commits) await commit(io, { project, actor, ops });
  const { state } = openState(nodeDisk, ':memory:');
  const head = await headNow();
  state.setBase(head);
  const ignores = new IgnoreRules(undefined);
  const announcer = { merged: () => {} };
  const lineage = new Lineage(objects);
  const problems = new Problems(clock);
  const site = { stores: io, state, lineage, ignores, announcer, prefix: undefined, problems, clock };
  /** @param meanwhile  what happens while history is asked */
  const decideAbout = async (contested: Contested, meanwhile = () => {}): Promise<Draft> => {
    const draft: Draft = { ops: [], changes: [], settled: [], again: [], outdated: [] };
    const deciding = decideContested(site, [contested], draft, (await headNow()).commitSha);
    meanwhile();
    await deciding;
    return draft;
  };
  return { io, head, state, ignores, decideAbout };
}

const PUT: PathOp[] = [{ kind: 'put', entry, seen: 'absent' }];
const DELETED: PathOp[] = [{ kind: 'delete', path, seen: entry.sha }];

/** A file of which nothing is recorded lies here, as the project had it once. */
const UNKNOWN: Contested = {
  change: { path, now: entry, fingerprint: 'print', since: 0 },
  op: { kind: 'put', entry, seen: 'absent' },
  base: undefined,
  remote: undefined,
};

test('what the project had once and has no more is to go from here too', async () => {
  const { state, decideAbout } = await begin(PUT, DELETED);
  const draft = await decideAbout(UNKNOWN);
  expect(draft.outdated).toEqual([path]);
  expect(state.behind.at(path)).toMatchObject({ entry: undefined });
});

test('what the rules came to ignore while history was asked stays, and is nothing that the project has', async () => {
  const { state, ignores, decideAbout } = await begin(PUT, DELETED);
  const draft = await decideAbout(UNKNOWN, () => ignores.set('', 'file\n'));
  expect(draft).toMatchObject({ outdated: [], ops: [] });
  expect(state.behind.at(path)).toBeUndefined();
  expect(state.leftOut.next('', 10)).toEqual([]);
});

test('what went from here, and never from the project, was deleted here, whatever others made of it meanwhile', async () => {
  const { head, state, decideAbout } = await begin(PUT);
  const edited: FileEntry = { ...entry, sha: shaOf('edited'), mtime: 2_000 };
  state.setMeta('settled', head.commitSha);
  state.rows.put(entry, 'print');
  state.behind.put({ path, entry: edited, revision: head.revision + 1, since: 0 });
  const gone = { path, now: undefined, fingerprint: '', since: 0 };
  const op = { kind: 'delete', path, seen: entry.sha } as const;
  expect(await decideAbout({ change: gone, op, base: entry, remote: edited })).toMatchObject({
    ops: [op],
    outdated: [],
  });
});

test('what lies here below a directory that is to become a file makes no directory of it again', async () => {
  const above = fakePath('above');
  const below: FileEntry = { ...entry, path: fakePath('above/file') };
  const { state, decideAbout } = await begin(
    [{ kind: 'put', entry: below, seen: 'absent' }],
    [{ kind: 'delete', path: below.path, seen: entry.sha }],
  );
  state.rows.put({ path: above, dir: true, mode: 0o755 }, '');
  state.behind.put({ path: above, entry: { ...entry, path: above }, revision: 9, since: 0 });
  const change = { ...UNKNOWN.change, path: below.path, now: below };
  await decideAbout({ ...UNKNOWN, change, op: { kind: 'put', entry: below, seen: 'absent' } });
  expect(state.behind.at(below.path)).toMatchObject({ entry: undefined });
  expect(state.behind.at(above)).toMatchObject({ entry: { sha: entry.sha } });
});
