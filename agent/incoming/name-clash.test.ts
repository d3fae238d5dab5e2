// Disks on which two names of the project are one: what cannot have a place of its own is told, and nothing is taken for
// an edit that is none.
import { afterEach, expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { parseProjectName, shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { seededRandom } from '../../core/testing/seeded-random.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { MemoryDisk } from '../disk/memory-disk.ts';
import { isRewritten, probeNames } from './name-clash.ts';
import { FakeWorkspace, ROOT } from './workspace.fakes.ts';

let workspace: FakeWorkspace;
afterEach(() => workspace.close());

const open = async (): Promise<FakeWorkspace> => {
  workspace = await FakeWorkspace.open({ disk: { caseInsensitive: true } });
  return workspace;
};
const problems = () => workspace.status.problems.map(({ path, code }) => `${code} ${path}`);
const untilProblem = (path: string) =>
  workspace.until((status) => status.problems.some((one) => one.code === 'case-collision' && one.path === path));
const currentCommit = async () => (await readCurrent(workspace.io.index, parseProjectName('demo')))?.current.commit_sha;

test('a name that differs only in case is told with the other one, and comes when that is gone', async () => {
  await open();
  await workspace.commit({ readme: 'small', 'dir/file': 'x' });
  await workspace.inSync();
  await workspace.commit({ README: 'large', other: 'comes all the same' });
  await untilProblem('README');
  const after = await currentCommit();
  expect(workspace.status.problems[0]?.reason).toMatch(/that of readme for one/);
  await workspace.until(({ state, base }) => state === 'held' && base === workspace.head);
  expect(workspace.tree()).toEqual({ readme: 'small', 'dir/file': 'x', other: 'comes all the same' });
  // Nothing of it went back as an edit of anybody.
  expect(await currentCommit()).toBe(after);

  await workspace.commit({ readme: undefined });
  await workspace.inSync();
  expect(workspace.tree()).toEqual({ README: 'large', 'dir/file': 'x', other: 'comes all the same' });
  expect(problems()).toEqual([]);
});

test('it comes when a person on this node removes the other one, and is no problem when it is not to come any more', async () => {
  await open();
  await workspace.commit({ A: 'one', a: 'two', B: 'three', b: 'four' });
  await untilProblem('a');
  await untilProblem('b');
  expect(workspace.tree()).toEqual({ A: 'one', B: 'three' });
  workspace.machine.start().disk.unlink(`${ROOT}/A`);
  await workspace.until(({ problem_count }) => problem_count === 1);
  await workspace.commit({ b: undefined });
  await workspace.inSync();
  expect(workspace.tree()).toEqual({ a: 'two', B: 'three' });
  expect(problems()).toEqual([]);
});

test('directories clash too: nothing lands in the other one', async () => {
  await open();
  await workspace.commit({ 'docs/a': '1', 'docs/deep/b': '2' });
  await workspace.inSync();
  await workspace.commit({ 'Docs/c': '3', 'docs/DEEP/d': '4', DOCS: 'a file' });
  for (const path of ['Docs/c', 'docs/DEEP/d', 'DOCS']) await untilProblem(path);
  expect(workspace.tree()).toEqual({ 'docs/a': '1', 'docs/deep/b': '2' });
});

test('a rename that changes only the case of a file or of a directory takes place', async () => {
  await open();
  await workspace.commit({ readme: 'text', 'docs/a': '1', 'docs/deep/b': '2', é: 'composed' });
  await workspace.inSync();
  await workspace.commit({ readme: undefined, README: 'text' });
  await workspace.inSync();
  await workspace.commit({ 'docs/a': undefined, 'docs/deep/b': undefined, 'DOCS/a': '1', 'DOCS/deep/b': 'two' });
  await workspace.inSync();
  await workspace.commit({ é: undefined, 'e\u0301': 'taken apart' });
  await workspace.inSync();
  expect(workspace.tree()).toEqual({ README: 'text', 'DOCS/a': '1', 'DOCS/deep/b': 'two', 'e\u0301': 'taken apart' });
});

test('a person who changes the case of a name renames the file for all', async () => {
  await open();
  await workspace.commit({ readme: 'text', 'docs/a': '1' });
  await workspace.inSync();
  const { disk } = workspace.machine.start();
  disk.rename(`${ROOT}/readme`, `${ROOT}/README`);
  disk.rename(`${ROOT}/docs`, `${ROOT}/Docs`);
  const paths = async () => {
    const current = await readCurrent(workspace.io.index, parseProjectName('demo'));
    const found: string[] = [];
    for await (const { path } of walkTree(workspace.io.nodes, current?.current.manifest_sha ?? shaOf('')))
      found.push(path);
    return found;
  };
  while ((await paths()).join() !== 'Docs/a,README') await workspace.nextChange();
  expect(workspace.tree()).toEqual({ 'Docs/a': '1', README: 'text' });
});

test('I8: a file of this node that nobody else knows is not replaced by a name that differs in case', async () => {
  await open();
  await workspace.commit({ file: 'v1' });
  await workspace.inSync();
  workspace.machine.writeFile(`${ROOT}/file`, Buffer.from('edited here'));
  await workspace.commit({ file: undefined, FILE: 'v2' });
  await untilProblem('FILE');
  expect(workspace.tree()).toEqual({ file: 'edited here' });
});

test('on a disk that tells all names apart they live side by side', async () => {
  workspace = await FakeWorkspace.open();
  await workspace.commit({ readme: '1', README: '2', é: '3', 'e\u0301': '4', 'Docs/a': '5', 'docs/a': '6' });
  await workspace.inSync();
  expect(Object.values(workspace.tree()).sort()).toEqual(['1', '2', '3', '4', '5', '6']);
});

test('what a disk makes of names is found out by asking it', async () => {
  workspace = await FakeWorkspace.open();
  const probe = (caseInsensitive: boolean) => {
    const { disk } = new MemoryDisk({ clock: virtualClock(), random: seededRandom(1), caseInsensitive }).start();
    disk.makeDirectories('/own');
    const rules = probeNames(disk, '/own');
    expect(disk.readDirectory('/own')).toEqual([]);
    return rules;
  };
  expect(probe(false)).toEqual({ isFolding: false, areKept: true });
  expect(probe(true)).toEqual({ isFolding: true, areKept: true });
  const { disk } = workspace.machine.start();
  const takesApart = {
    ...disk,
    open: (path: string, how: Parameters<typeof disk.open>[1]) => disk.open(path.normalize('NFD'), how),
    unlink: (path: string) => disk.unlink(path.normalize('NFD')),
    lstat: (path: string) => disk.lstat(path.normalize('NFD')),
  };
  const rules = probeNames(takesApart, ROOT);
  expect(rules).toEqual({ isFolding: true, areKept: false });
  const rewritten = ['plain', 'é', 'e\u0301'].filter((name) =>
    isRewritten({ naming: { ...rules, listedAs: () => undefined } }, fakePath(name)),
  );
  expect(rewritten).toEqual(['é']);
});
