import { expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { Lineage } from '../../core/commit/lineage.ts';
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
import { decideContested } from './contested.ts';
import type { Draft } from './draft.ts';

const project = parseProjectName('demo');
const actor = { kind: 'system', id: 'test' } as const;
const path = fakePath('file');
const entry: FileEntry = { path, sha: shaOf('content'), size: 7, mode: 0o644, mtime: 1_000 };

/** A file of which nothing is recorded lies here, as the project had it once, and somebody deleted it there.
 *  @param meanwhile  what happens while history is asked */
async function decide(meanwhile: (ignores: IgnoreRules) => void) {
  const objects = memoryObjectStore();
  const clock = virtualClock();
  const io = { objects, clock, index: memoryKeyValue(), nodes: objectNodes(objects) };
  await createProject(io, project, actor);
  await objects.put(entry.sha, entry.size, Buffer.from('content'));
  await commit(io, { project, actor, ops: [{ kind: 'put', entry, seen: 'absent' }] });
  await commit(io, { project, actor, ops: [{ kind: 'delete', path, seen: entry.sha }] });
  const at = await readCurrent(io.index, project);
  if (!at) throw new Error('there is a project');
  const { commit_sha: commitSha, manifest_sha: manifestSha } = at.current;
  const { state } = openState(nodeDisk, ':memory:');
  state.setBase({ commitSha, manifestSha, revision: at.revision });
  const draft: Draft = { ops: [], changes: [], settled: [], again: [], outdated: [] };
  const contested = {
    change: { path, now: entry, fingerprint: 'print', since: 0 },
    op: { kind: 'put', entry, seen: 'absent' },
    base: undefined,
    remote: undefined,
  } as const;
  const ignores = new IgnoreRules(undefined);
  const announcer = { merged: () => {} };
  const lineage = new Lineage(objects);
  const site = {
    stores: io,
    state,
    lineage,
    ignores,
    announcer,
    prefix: undefined,
    problems: new Problems(clock),
    clock,
  };
  const deciding = decideContested(site, [contested], draft, commitSha);
  meanwhile(ignores);
  await deciding;
  return { state, draft };
}

test('what the project had once and has no more is to go from here too', async () => {
  const { state, draft } = await decide(() => {});
  expect(draft.outdated).toEqual([path]);
  expect(state.behind.at(path)).toMatchObject({ entry: undefined });
});

test('what the rules came to ignore while history was asked stays, and is nothing that the project has', async () => {
  const { state, draft } = await decide((ignores) => ignores.set('', 'file\n'));
  expect(draft).toMatchObject({ outdated: [], ops: [] });
  expect(state.behind.at(path)).toBeUndefined();
  expect(state.leftOut.next('', 10)).toEqual([]);
});
