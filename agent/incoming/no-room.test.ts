// A disk that has no room for one file has room for others.
import { afterEach, expect, test } from 'vitest';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { FakeWorkspace } from './workspace.fakes.ts';

let workspace: FakeWorkspace;
afterEach(() => workspace.close());

test('a large file for which there is no room is a problem of its own: the others come, and it comes when there is room', async () => {
  workspace = await FakeWorkspace.open({ disk: { capacityBytes: 3 * SMALL_BYTES } });
  workspace.machine.writeFile('/others', Buffer.alloc(SMALL_BYTES));
  const large = Buffer.alloc(2 * SMALL_BYTES + 1, 7);
  await workspace.commit({ large, 'large too': large, small: 'x', zebra: 'y' });
  await workspace.until(({ problems }) => problems.length === 2);
  expect(workspace.status.problems.map(({ path, code }) => `${code} ${path}`)).toEqual([
    'disk-full large',
    'disk-full large too',
  ]);
  expect(workspace.status.problems[0]?.reason).toMatch(/needs 2\.1 MB more and the disk has 2\.1 MB free/);
  await workspace.until(() => Object.keys(workspace.tree()).length === 2);
  await workspace.until(({ state }) => state === 'blocked');
  await workspace.commit({ 'large too': undefined });
  await workspace.until(({ problems }) => problems.length === 1);
  workspace.machine.start().disk.unlink('/others');
  await workspace.inSync();
  expect(workspace.status.problems).toEqual([]);
  expect(workspace.tree().large).toBe(large.toString());
});
