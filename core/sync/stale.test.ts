import { expect, test } from 'vitest';
import { commit } from '../commit/commit.ts';
import { Lineage } from '../commit/lineage.ts';
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
  const io = {
    objects,
    index: memoryKeyValue(),
    nodes: objectNodes(objects),
    clock: systemClock,
    lineage: new Lineage(objects),
  };
  const actor = { kind: 'system', id: 'test' } as const;
  await createProject(io, project, actor);
  const commits: Sha[] = [];
  for (const version of versions) {
    const op = version ? ({ kind: 'put', entry: version } as const) : ({ kind: 'delete', path } as const);
    const done = await commit(io, { project, ops: [op], actor });
    if (done.kind === 'committed') commits.push(done.commitSha);
  }
  const stale = async (base: number | undefined, version: Version, copyOf?: number) => {
    const found = new Map<RelPath, Version>([[path, version]]);
    const head = commits.at(-1);
    if (!head) throw new Error('a history has commits');
    const copied = copyOf === undefined ? undefined : commits[copyOf];
    const asked = { head, base: base === undefined ? undefined : commits[base], ...(copied && { copyOf: copied }) };
    return (await findStale(io, asked, found)).has(path);
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

test('that nothing is there is old where a commit took it away after the base, not where nothing was there before', async () => {
  const { stale } = await history(file('v1'), undefined, file('v1'), file('v2'));
  expect(await stale(undefined, undefined)).toBe(true);
  expect(await stale(0, undefined)).toBe(true);
  expect(await stale(1, undefined)).toBe(false);
  expect(await stale(2, undefined)).toBe(false);
  const { stale: made } = await history(file('v1'), file('v2'));
  expect(await made(undefined, undefined)).toBe(false);
});

test('what a copied commit held is old, and what came before it, but not what never was', async () => {
  const { stale } = await history(file('v1'), file('v2'), undefined, file('v3'), file('v4'));
  expect(await stale(3, file('v2'))).toBe(false);
  expect(await stale(3, file('v2'), 1)).toBe(true);
  expect(await stale(3, file('v1'), 1)).toBe(true);
  expect(await stale(3, file('mine'), 1)).toBe(false);
});

test('many paths are answered by what each commit changed, as one path is by looking it up', async () => {
  const objects = memoryObjectStore();
  const io = {
    objects,
    index: memoryKeyValue(),
    nodes: objectNodes(objects),
    clock: systemClock,
    lineage: new Lineage(objects),
  };
  const actor = { kind: 'system', id: 'test' } as const;
  await createProject(io, project, actor);
  const paths = Array.from({ length: 8 }, (_, i) => fakePath(`p${i}`));
  const at = (i: number, content: string): Entry => ({ ...file(content), path: paths[i] ?? path });
  const heads: Sha[] = [];
  const put = async (...entries: Entry[]) => {
    const done = await commit(io, { project, ops: entries.map((entry) => ({ kind: 'put', entry })), actor });
    if (done.kind === 'committed') heads.push(done.commitSha);
  };
  await put(...paths.map((_, i) => at(i, `old ${i}`)));
  for (let i = 0; i < 6; i++) await put(at(i, `new ${i}`));
  const gone = await commit(io, { project, ops: [{ kind: 'delete', path: fakePath('p6') }], actor });
  if (gone.kind === 'committed') heads.push(gone.commitSha);
  const found = new Map<RelPath, Version>(paths.map((one, i) => [one, i === 5 ? at(i, 'mine') : at(i, `old ${i}`)]));
  found.set(fakePath('never'), at(0, 'old 0'));
  found.set(fakePath('p7/none'), undefined);
  const [first] = heads;
  const head = heads.at(-1);
  if (!first || !head) throw new Error('a history has commits');
  const expected = ['p0', 'p1', 'p2', 'p3', 'p4', 'p6', 'p7'].map(fakePath);
  expect([...(await findStale(io, { head, base: undefined }, found))].sort()).toEqual(expected);
  // What the base holds is no older version, unless it is still there; p6 and what never was are all that is asked further.
  expect([...(await findStale(io, { head, base: first }, found))].sort()).toEqual(
    ['p1', 'p2', 'p3', 'p4', 'p6', 'p7'].map(fakePath),
  );
});

test('I12: what a copied commit held is an edit when current does not come from that commit any more', async () => {
  const objects = memoryObjectStore();
  const index = memoryKeyValue();
  const io = { objects, index, nodes: objectNodes(objects), clock: systemClock, lineage: new Lineage(objects) };
  const actor = { kind: 'system', id: 'test' } as const;
  await createProject(io, project, actor);
  const put = async (content: string): Promise<Sha> => {
    const done = await commit(io, { project, ops: [{ kind: 'put', entry: file(content) }], actor });
    if (done.kind !== 'committed') throw new Error('nobody else commits');
    return done.commitSha;
  };
  const kept = await put('v1');
  const restore = index.checkpoint();
  const forgotten = await put('v2');
  restore();
  const head = await put('v3');
  const asked = { head, base: head };
  const isStale = async (copyOf: Sha, content: string) =>
    (await findStale(io, { ...asked, copyOf }, new Map<RelPath, Version>([[path, file(content)]]))).has(path);
  expect(await isStale(kept, 'v1')).toBe(true);
  expect(await isStale(forgotten, 'v2')).toBe(false);
});
