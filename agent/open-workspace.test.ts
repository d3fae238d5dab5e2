// A workspace that cannot be opened or closed as it should: the next opening finds nothing of it in its way.
import { expect, test } from 'vitest';
import { FakeWorkspace, ROOT } from './incoming/workspace.fakes.ts';

test('what fails in the middle of the opening leaves no watcher behind', async () => {
  const before = await FakeWorkspace.open();
  await before.commit({ '.fsignore': '*.log' });
  await before.inSync();
  await before.close();
  let open = 0;
  let opened = 0;
  let failures = 1;
  const workspace = await before.again({
    watched: (disk) => ({
      ...disk,
      lstat(path) {
        if (path === `${ROOT}/.fsignore` && failures-- > 0) throw new Error('a fault of ours');
        return disk.lstat(path);
      },
    }),
    watcher(watcher) {
      open++;
      opened++;
      return {
        ...watcher,
        close() {
          open--;
          return watcher.close();
        },
      };
    },
  });
  expect([opened, open]).toEqual([2, 1]);
  await workspace.close();
  expect(open).toBe(0);
});

test('what fails to close keeps nobody out: the rest is closed, and the workspace is opened again', async () => {
  const close = async () => {
    throw new Error('a fault of ours');
  };
  const before = await FakeWorkspace.open({ watcher: (watcher) => ({ ...watcher, close }) });
  await before.commit({ file: 'content' });
  await before.inSync();
  await before.close();
  const again = await before.again();
  expect(again.tree()).toEqual({ file: 'content' });
  await again.close();
});
