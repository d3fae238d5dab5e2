import { afterEach, expect, test } from 'vitest';
import { type Log, silentLog } from '../core/model/log.ts';
import { MemoryDiskError } from './disk/memory-disk-error.ts';
import { FakeWorkspace } from './incoming/workspace.fakes.ts';
import { Reopening } from './reopening.ts';

test('what cannot be opened is tried every two seconds, and is news once', () => {
  const reopening = new Reopening(() => 0.5);
  expect(reopening.stopped('may not be read', false)).toEqual({ retryInMs: 2_000, isNews: true });
  expect(reopening.stopped('may not be read', false)).toEqual({ retryInMs: 2_000, isNews: false });
  expect(reopening.stopped('is gone', false)).toEqual({ retryInMs: 2_000, isNews: true });
  expect(reopening.isDoubtful).toBe(false);
  expect(reopening.works()).toBe(true);
  expect(reopening.works()).toBe(false);
  expect(reopening.stopped('is gone', false).isNews).toBe(true);
});

test('what was open and stopped is opened ever less often, up to a minute, and anew from the first when it worked', () => {
  const longest = new Reopening(() => 1);
  const shortest = new Reopening(() => 0);
  const pauses = (reopening: Reopening) =>
    Array.from({ length: 8 }, () => reopening.stopped('full', true).retryInMs / 1_000);
  expect(pauses(longest)).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  expect(pauses(shortest)).toEqual([1.5, 3, 6, 12, 24, 45, 45, 45]);
  expect(longest.isDoubtful).toBe(true);
  longest.works();
  expect(longest.isDoubtful).toBe(false);
  expect(longest.stopped('full', true)).toEqual({ retryInMs: 2_000, isNews: true });
});

let workspace: FakeWorkspace | undefined;
afterEach(() => workspace?.close());

test('a directory that may not be read is in the log once when it begins and once when it ends', async () => {
  const lines: string[] = [];
  const log: Log = {
    ...silentLog,
    info: (_, message) => lines.push(message),
    error: (_, message) => lines.push(message),
  };
  let tries = 0;
  workspace = await FakeWorkspace.open({
    log,
    watched: (disk) => ({
      ...disk,
      readText(path) {
        if (++tries <= 5) throw new MemoryDiskError('EACCES', path);
        return disk.readText(path);
      },
    }),
  });
  expect(tries).toBeGreaterThan(5);
  expect(lines.filter((line) => /workspace/.test(line))).toEqual([
    'the workspace stopped: /data/demo cannot be used (EACCES): check the directory and its permissions.',
    'the workspace works again',
  ]);
});
