import { expect, test } from 'vitest';
import { commit } from '../commit/commit.ts';
import { createProject } from '../commit/project.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { systemClock } from '../model/clock.ts';
import type { Entry } from '../model/entry.ts';
import { fakeSha, parseProjectName, type Sha } from '../model/ids.ts';
import { fakePath, type RelPath } from '../model/rel-path.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { Version } from './plan.ts';
import { findStale } from './stale.ts';

const project = parseProjectName('demo');
const path = fakePath('a');
const file = (content: string): Entry => ({ path, sha: fakeSha(content), size: 1, mode: 0o644, mtime: 0 });

async function history(...versions: readonly Version[]) {
  const objects = memoryObjectStore();
  const io = { objects, index: memoryKeyValue(), nodes: objectNodes(objects), clock: systemClock };
  const actor = { kind: 'system', id: 'test' } as const;
  await createProject(io, project, actor);
  const commits: Sha[] = [];
  for (const version of versions) {
    const op = version ? ({ kind: 'put', entry: version } as const) : ({ kind: 'delete', path } as const);
    const done = await commit(io, { project, ops: [op], actor });
    if (done.kind === 'committed') commits.push(done.commitSha);
  }
  const stale = async (base: number | undefined, version: Version) => {
    const found = new Map<RelPath, Version>([[path, version]]);
    const head = commits.at(-1);
    if (!head) throw new Error('a history has commits');
    return (await findStale(io, head, base === undefined ? undefined : commits[base], found)).has(path);
  };
  return { stale, objects, commits };
}

test('a version that the project had after the base is no edit', async () => {
  const { stale } = await history(file('v1'), file('v2'), file('v3'));
  expect(await stale(0, file('v2'))).toBe(true);
  expect(await stale(0, file('mine'))).toBe(false);
});

test('a version from before the base is an edit: someone brought it back', async () => {
  const { stale } = await history(file('v1'), file('v2'), file('v3'));
  expect(await stale(1, file('v1'))).toBe(false);
});

test('without a base all of history counts', async () => {
  const { stale } = await history(file('v1'), undefined, file('v3'));
  expect(await stale(undefined, file('v1'))).toBe(true);
  expect(await stale(undefined, undefined)).toBe(true);
});

test('history that is gone ends the search: what is not found is an edit, which loses nothing', async () => {
  const { stale, objects, commits } = await history(file('v1'), file('v2'), file('v3'));
  const [first] = commits;
  if (first) await objects.delete(first);
  expect(await stale(undefined, file('v1'))).toBe(false);
  expect(await stale(undefined, file('v2'))).toBe(true);
});
