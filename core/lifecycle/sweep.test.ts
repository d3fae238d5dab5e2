import { expect, test } from 'vitest';
import { commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { deleteProject, undeleteProject } from '../commit/delete-project.ts';
import { changePolicy } from '../commit/policy.ts';
import { createProject } from '../commit/project.ts';
import { loadNode } from '../manifest/node.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { walkTree } from '../manifest/walk.ts';
import { isFile } from '../model/entry.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { readObject } from '../store/object-store.ts';
import { ACTOR, commitOps, commitText, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { executeSweep, planSweep, SWEEP_GRACE_MS } from './sweep.ts';

const HOUR = 3_600_000;
const KEEP_LITTLE = { keep_all_ms: 0, hourly_ms: 0, daily_ms: 0, weekly_ms: 0, last: 1 };

/** A project whose history keeps only its current commit, on a clock that the test moves. */
async function sweepable() {
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, sleep: async () => undefined };
  const objects = memoryObjectStore({ clock });
  const io = { objects, nodes: objectNodes(objects), index: memoryKeyValue(), clock };
  await newProject(io);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: KEEP_LITTLE }));
  return { io, pass: (ms: number) => (now += ms) };
}

async function everythingReadable(io: Awaited<ReturnType<typeof sweepable>>['io']): Promise<string[]> {
  const at = await readCurrent(io.index, PROJECT);
  const paths: string[] = [];
  if (!at) return paths;
  for await (const entry of walkTree(io.nodes, at.current.manifest_sha)) {
    if (isFile(entry)) await readObject(io.objects, entry.sha);
    paths.push(entry.path);
  }
  return paths;
}

test('I3: an object goes only after two sweeps found it unreachable and its grace time is over', async () => {
  const { io, pass } = await sweepable();
  await commitText(io, 'a', 'old');
  await commitText(io, 'a', 'new');
  pass(SWEEP_GRACE_MS + HOUR);
  const first = await planSweep(io, []);
  expect(first.remove).toEqual([]);
  expect(first.wait.map(({ sha }) => sha)).toContain(shaOf('old'));
  pass(HOUR);
  const second = await planSweep(io, first.wait);
  expect(second.remove.map(({ sha }) => sha)).toContain(shaOf('old'));
  const result = await executeSweep(io, second);
  expect(result).toMatchObject({ removed: second.remove.length, kept: 0 });
  expect(await io.objects.stat(shaOf('old'))).toEqual({ kind: 'absent' });
  expect(await everythingReadable(io)).toEqual(['a']);
});

test('two sweeps within the grace time remove nothing', async () => {
  const { io, pass } = await sweepable();
  await commitText(io, 'a', 'old');
  await commitText(io, 'a', 'new');
  const first = await planSweep(io, []);
  pass(SWEEP_GRACE_MS - HOUR);
  expect((await planSweep(io, first.wait)).remove).toEqual([]);
});

test('I5: a put between the sweeps, or between plan and execution, keeps its object', async () => {
  const { io, pass } = await sweepable();
  await commitText(io, 'a', 'old');
  await commitText(io, 'a', 'new');
  pass(SWEEP_GRACE_MS + HOUR);
  const first = await planSweep(io, []);
  pass(HOUR);
  const planned = await planSweep(io, first.wait);
  pass(HOUR);
  const op = await putText(io, 'again', 'old');
  const result = await executeSweep(io, planned);
  expect(result.kept).toBe(1);
  await commitOps(io, op);
  expect(await everythingReadable(io)).toEqual(['a', 'again']);

  await commitOps(io, { kind: 'delete', path: fakePath('again') });
  pass(SWEEP_GRACE_MS + HOUR);
  const third = await planSweep(io, []);
  await putText(io, 'again', 'old');
  pass(SWEEP_GRACE_MS + HOUR);
  expect((await planSweep(io, third.wait)).remove.map(({ sha }) => sha)).not.toContain(shaOf('old'));
});

test('what retention keeps stays readable, and commits themselves are never swept', async () => {
  const { io, pass } = await sweepable();
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: { ...KEEP_LITTLE, last: 2 } }));
  const one = await commitText(io, 'a', '1');
  const two = await commitText(io, 'a', '2');
  await commitText(io, 'a', '3');
  pass(SWEEP_GRACE_MS + HOUR);
  const first = await planSweep(io, []);
  await executeSweep(io, await planSweep(io, first.wait));
  expect(await io.objects.stat(shaOf('1'))).toEqual({ kind: 'absent' });
  expect((await io.objects.stat(shaOf('2'))).kind).toBe('present');
  for (const { commitSha } of [one, two]) expect((await io.objects.stat(commitSha)).kind).toBe('present');
});

test('a deleted project keeps its objects until its grace time ends', async () => {
  const { io, pass } = await sweepable();
  await commitText(io, 'a', 'x');
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  await deleteProject(io, at, 10 * 24 * HOUR);
  pass(SWEEP_GRACE_MS + HOUR);
  const first = await planSweep(io, []);
  await executeSweep(io, await planSweep(io, first.wait));
  expect((await undeleteProject(io, PROJECT)).kind).toBe('restored');
  expect(await everythingReadable(io)).toEqual(['a']);
});

const KEEP_ALL = { ...KEEP_LITTLE, keep_all_ms: 3_650 * 24 * HOUR };
/** Longer than the default rules keep a commit that is not among the last ten. */
const PAST_DEFAULTS_MS = 370 * 24 * HOUR;

/** A project of 20 old versions that wants to keep all of them. */
async function treasured() {
  const { io, pass } = await sweepable();
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: KEEP_ALL }));
  for (let n = 1; n <= 20; n++) await commitText(io, 'a', String(n));
  pass(PAST_DEFAULTS_MS);
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  return { io, at };
}

test('I3: a deleted project is kept by its own rules, not by those that its name has now', async () => {
  const { io, at } = await treasured();
  await deleteProject(io, at);
  expect((await planSweep(io, [])).wait).toEqual([]);
  await newProject(io);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: KEEP_LITTLE }));
  expect((await planSweep(io, [])).wait).toEqual([]);
});

test('I3: a project that is deleted while a sweep marks is kept by its own rules', async () => {
  const { io, at } = await treasured();
  let isDeleted = false;
  const objects = {
    ...io.objects,
    // The first commit that is read: the projects have been listed.
    get: async (...args: Parameters<typeof io.objects.get>) => {
      if (!isDeleted) {
        isDeleted = true;
        await deleteProject(io, at);
      }
      return io.objects.get(...args);
    },
  };
  expect((await planSweep({ ...io, objects }, [])).wait).toEqual([]);
  expect(isDeleted).toBe(true);
});

test('I3: when a manifest cannot be read, there is no plan', async () => {
  const { io, pass } = await sweepable();
  const { commit } = await commitText(io, 'a', 'x');
  pass(SWEEP_GRACE_MS + HOUR);
  await io.objects.delete(commit.manifest_sha);
  await expect(planSweep(io, [])).rejects.toThrow('is not in hot');
});

test('a file that holds the bytes of a manifest node does not hide that node from marking', async () => {
  const { io, pass } = await sweepable();
  const { commit } = await commitText(io, 'a', 'precious');
  const bytes = await readObject(io.objects, commit.manifest_sha);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: { ...KEEP_LITTLE, last: 2 } }));
  const copy = { path: fakePath('0-copy-of-node'), sha: shaOf(bytes), size: bytes.length, mode: 0o644, mtime: 0 };
  await commitOps(io, { kind: 'delete', path: fakePath('a') }, { kind: 'put', entry: copy });
  pass(SWEEP_GRACE_MS + HOUR);
  const first = await planSweep(io, []);
  const second = await planSweep(io, first.wait);
  expect(second.remove.map(({ sha }) => sha)).not.toContain(shaOf('precious'));
});

test('a retention that was loosened after a sweep does not stop the next one', async () => {
  const { io, pass } = await sweepable();
  for (const n of [1, 2, 3]) await commitText(io, 'a', String(n));
  pass(SWEEP_GRACE_MS + HOUR);
  const first = await planSweep(io, []);
  await executeSweep(io, await planSweep(io, first.wait));
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: { ...KEEP_LITTLE, last: 10 } }));
  expect((await planSweep(io, [])).remove).toEqual([]);
  expect(await everythingReadable(io)).toEqual(['a']);
});

test('I3: a sweep that was cut off in the middle of a commit stops no later one, and what it left of it is kept', async () => {
  const { io, pass } = await sweepable();
  const put = (version: string) =>
    Promise.all(Array.from({ length: 400 }, (_, n) => putText(io, `f${n}`, `${n}${version}`)));
  const first = await commitOps(io, ...(await put('old')));
  if (first.kind !== 'committed') throw new Error(first.kind);
  await commitOps(io, ...(await put('new')));
  const root = await loadNode(io.nodes, first.commit.manifest_sha);
  const [swept] = root.kind === 'branch' ? root.children : [];
  if (!swept) throw new Error('a tree of one node');
  await io.objects.delete(swept.sha);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: { ...KEEP_LITTLE, last: 2 } }));
  pass(SWEEP_GRACE_MS + HOUR);
  const { wait } = await planSweep(io, []);
  const lost = new Set(wait.map(({ sha }) => sha));
  const old = Array.from({ length: 400 }, (_, n) => shaOf(`${n}old`));
  expect(old.filter((sha) => lost.has(sha))).toHaveLength(swept.files);
  expect(lost).not.toContain(first.commit.manifest_sha);
});

test('I3: when a current manifest lacks a node there is no plan, though the history of another project has it too', async () => {
  const { io } = await sweepable();
  const ops = await Promise.all(Array.from({ length: 400 }, (_, n) => putText(io, `f${n}`, `${n}`)));
  const shared = await commitOps(io, ...ops);
  if (shared.kind !== 'committed') throw new Error(shared.kind);
  await commitText(io, 'f0', 'newer');
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, retention: { ...KEEP_LITTLE, last: 2 } }));
  const other = parseProjectName('later-in-the-list');
  await createProject(io, other, ACTOR);
  await commit(io, { project: other, ops, actor: ACTOR });
  const root = await loadNode(io.nodes, shared.commit.manifest_sha);
  const [lost] = root.kind === 'branch' ? root.children : [];
  if (!lost) throw new Error('a tree of one node');
  await io.objects.delete(lost.sha);
  await expect(planSweep(io, [])).rejects.toThrow('is not in hot');
});
