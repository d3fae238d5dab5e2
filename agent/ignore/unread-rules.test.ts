// Rules that come and go where the disk, or who watches it, does not tell at once.
import { expect, test } from 'vitest';
import { MemoryDiskError } from '../disk/memory-disk-error.ts';
import { FakeWorkspace, ROOT } from '../incoming/workspace.fakes.ts';

test('rules that could not be read when they came are read a while later', async () => {
  const failures = [1, 2, 3].map(() => new MemoryDiskError('EMFILE', `${ROOT}/a/.fsignore`));
  const workspace = await FakeWorkspace.open({
    watched: (disk) => ({
      ...disk,
      readText: (path) => {
        const failure = path === `${ROOT}/a/.fsignore` ? failures.pop() : undefined;
        if (failure) throw failure;
        return disk.readText(path);
      },
    }),
  });
  await workspace.commit({ 'a/.fsignore': '*.log\n' });
  await workspace.inSync();
  await workspace.io.clock.sleep(60_000);
  expect(failures).toEqual([]);
  await workspace.commit({ 'a/x.log': 'not wanted here', 'a/y': 'wanted' });
  await workspace.inSync();
  expect(workspace.tree()).toEqual({ 'a/.fsignore': '*.log\n', 'a/y': 'wanted' });
  expect(workspace.status.left_out).toBe(1);
  await workspace.close();
});

test('rules that go by a commit, together with their directory, go also where the watcher does not tell', async () => {
  const workspace = await FakeWorkspace.open({
    hears: (hint) => hint.kind !== 'path' || !hint.path.endsWith('.fsignore'),
  });
  await workspace.commit({ 'a/.fsignore': '*.log\n', 'a/x.log': 'ignored' });
  await workspace.inSync();
  expect(workspace.tree()).toEqual({ 'a/.fsignore': '*.log\n' });
  await workspace.commit({ 'a/.fsignore': undefined });
  await workspace.inSync();
  expect(workspace.tree()).toEqual({ 'a/x.log': 'ignored' });
  await workspace.close();
});
