// A file that was synced and is ignored since, on agents with real directories: what people see of it, and the way out.
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import { commitText } from '../../core/testing/test-project.ts';
import { Fleet, PROJECT, type TestNode } from '../testing/fleet.ts';
import { forgetIgnored } from './forget-ignored.ts';

const ACTOR = { kind: 'user', id: 'test' } as const;

let fleet: Fleet;
beforeEach(async () => {
  fleet = await Fleet.open();
});
afterEach(() => fleet.close());

const io = () => ({ stores: fleet.io, contents: fleet.io, nodes: fleet.stores.nodes });
const forget = (dryRun = false) => forgetIgnored(io(), PROJECT, { actor: ACTOR, dryRun });

async function projectPaths(): Promise<string[]> {
  const at = await readCurrent(fleet.io.index, PROJECT);
  const paths: string[] = [];
  if (at) for await (const { path } of walkTree(fleet.io.nodes, at.current.manifest_sha)) paths.push(path);
  return paths;
}

async function write(node: TestNode, ...paths: string[]): Promise<void> {
  for (const path of paths) await writeFile(node.path(path), path);
}

const LOGS = ['build/out.log', 'notes.log'];
const onDisk = (node: TestNode): string[] => LOGS.filter((path) => existsSync(node.path(path)));

test('what is ignored later stays in the project until it is taken off, in one commit, and every node keeps its file', async () => {
  const [a, b] = await fleet.two();
  const c = fleet.start('c');
  await mkdir(a.path('build'));
  await write(a, ...LOGS, 'kept.txt');
  await fleet.settled();
  await c.agent.stop();
  fleet.nodes.delete('c');

  await writeFile(a.path('.fsignore'), '*.log\n');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'build/out.log', 'kept.txt', 'notes.log']);
  expect(b.status.sentence).toBe(
    'In sync. 2 paths of the project are ignored here and stay in the project: npx fs-sync project forget-ignored demo takes what is ignored off it.',
  );

  const found = await forget(true);
  expect([found.entries.map(({ path }) => path), found.commitSha]).toEqual([LOGS, undefined]);
  expect(await projectPaths()).toHaveLength(4);

  const before = await readCurrent(fleet.io.index, PROJECT);
  const done = await forget();
  expect(done.entries).toEqual(found.entries);
  const after = await readCurrent(fleet.io.index, PROJECT);
  expect([after?.current.commit_sha, after?.revision]).toEqual([done.commitSha, (before?.revision ?? 0) + 1]);
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'kept.txt']);
  expect([onDisk(a), onDisk(b)]).toEqual([LOGS, LOGS]);
  expect(b.status.sentence).toBe('In sync.');
  expect(await forget()).toEqual({ entries: [], followed: [], commitSha: undefined });

  // It hears of the rule and of what was taken off at once.
  const again = fleet.start('c');
  await fleet.settled();
  expect(onDisk(again)).toEqual(LOGS);
});

test('what was taken off comes back into the project when the rule goes', async () => {
  const [a, b] = await fleet.two();
  await mkdir(a.path('build'));
  await write(a, ...LOGS);
  await fleet.settled();
  await writeFile(a.path('.fsignore'), '*.log\n');
  await fleet.settled();
  await forget();
  await fleet.settled();
  await rm(a.path('.fsignore'));
  await fleet.settled();
  await fleet.settled();
  expect(await projectPaths()).toEqual(LOGS);
  expect([onDisk(a), onDisk(b)]).toEqual([LOGS, LOGS]);
});

test('rules further down, those that take back, and names of temporary files count, as on nodes', async () => {
  const texts = {
    '.fsignore': '*.log\n',
    'sub/.fsignore': '!kept.log\n',
    'sub/kept.log': '',
    'sub/x.log': '',
    'a.swp': '',
  };
  for (const [path, text] of Object.entries({ ...texts, '.a.swp': 'x', 'a.log': 'y' }))
    await commitText(fleet.io, path, text);
  expect((await forget()).entries.map(({ path }) => path)).toEqual(['.a.swp', 'a.log', 'sub/x.log']);
  expect(await projectPaths()).toEqual(['.fsignore', 'a.swp', 'sub/.fsignore', 'sub/kept.log']);
});

test('a workspace below a directory with rules leaves alone what they name, and keeps its file', async () => {
  const [a] = await fleet.two();
  const c = fleet.start('c', { prefix: 'build' });
  await mkdir(a.path('build'));
  await write(a, ...LOGS);
  await fleet.settled();
  await writeFile(a.path('.fsignore'), '*.log\n');
  await fleet.settled();
  expect((await forget()).entries.map(({ path }) => path)).toEqual(LOGS);
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore']);
  expect([onDisk(a), existsSync(c.path('out.log'))]).toEqual([LOGS, true]);
});

test('what a workspace inside an ignored directory follows stays in the project, and on its disk, while its agent is away too', async () => {
  const [a, b] = await fleet.two();
  const c = fleet.start('c', { prefix: 'build' });
  await mkdir(a.path('build'));
  await write(a, ...LOGS);
  await fleet.settled();
  await writeFile(a.path('.fsignore'), 'build/\nnotes.log\n');
  await fleet.settled();
  await c.agent.stop();
  fleet.nodes.delete('c');

  const { entries, followed } = await forget();
  expect(entries.map(({ path }) => path)).toEqual(['notes.log']);
  expect(followed).toEqual([{ prefix: 'build', nodes: ['c'], paths: 1 }]);
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'build/out.log']);
  expect([onDisk(a), onDisk(b)]).toEqual([LOGS, LOGS]);

  const again = fleet.start('c', { prefix: 'build' });
  await fleet.settled();
  expect(existsSync(again.path('out.log'))).toBe(true);
});

test('a node whose status cannot be read may hold anything: nothing is taken off, and it is named', async () => {
  await commitText(fleet.io, '.fsignore', '*.log\n');
  await commitText(fleet.io, 'a.log', 'x');
  await fleet.stores.nodes.put('newer.status', Buffer.from('{"v":2}'));
  await expect(forget()).rejects.toThrow(
    /which parts of the project newer holds is not known.*npx fs-sync forget --node newer/,
  );
  expect(await projectPaths()).toEqual(['.fsignore', 'a.log']);
});

test('a project that is not there is named', async () => {
  const none = parseProjectName('none');
  await expect(forgetIgnored(io(), none, { actor: ACTOR, dryRun: false })).rejects.toThrow(/there is no project none/);
});
