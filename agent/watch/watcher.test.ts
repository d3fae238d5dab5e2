// Both watchers against a real directory: every change is hinted at, sooner or later, wherever it happens.
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Log, silentLog } from '../../core/model/log.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { portableWatcher } from './chokidar-watcher.ts';
import { withFallback } from './choose-watcher.ts';
import { inotifyWatcher } from './inotify-watcher.ts';
import { type Hint, type Watcher, WatchLimitError } from './watcher.ts';

let root: string;
let watcher: Watcher | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fs-watch-'));
});
afterEach(async () => {
  await watcher?.close();
  rmSync(root, { recursive: true, force: true });
});

/** Collects hints, and lets a test wait for one. */
function ear() {
  const heard: Hint[] = [];
  let wake = () => {};
  const until = async (wanted: (hint: Hint) => boolean) => {
    while (!heard.some(wanted)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    heard,
    until,
    untilPath: (path: string) => until((hint) => hint.kind === 'path' && hint.path === path),
    onHint(hint: Hint) {
      heard.push(hint);
      wake();
    },
  };
}

const inode = (dir: string) => lstatSync(join(root, dir), { bigint: true }).ino;
const watchDir = (dir: string) => watcher?.watch(dir as RelPath, inode(dir));

test('inotify: what happens directly in a watched directory is heard', async () => {
  const { onHint, untilPath } = ear();
  watcher = inotifyWatcher(root, onHint);
  expect(watchDir('')).toBe('new');
  expect(watchDir('')).toBe('known');
  writeFileSync(join(root, 'file'), 'x');
  await untilPath('file');
  mkdirSync(join(root, 'dir'));
  await untilPath('dir');
  watchDir('dir');
  writeFileSync(join(root, 'dir/inside'), 'x');
  await untilPath('dir/inside');
});

test('inotify: a renamed directory is watched under its new name', async () => {
  const { onHint, untilPath } = ear();
  watcher = inotifyWatcher(root, onHint);
  mkdirSync(join(root, 'old'));
  watchDir('');
  watchDir('old');
  renameSync(join(root, 'old'), join(root, 'new'));
  await untilPath('new');
  watcher.forget(fakePath('old'));
  expect(watchDir('new')).toBe('new');
  writeFileSync(join(root, 'new/file'), 'x');
  await untilPath('new/file');
});

test('inotify: another directory under a known name is new', async () => {
  const { onHint, untilPath } = ear();
  watcher = inotifyWatcher(root, onHint);
  mkdirSync(join(root, 'dir'));
  mkdirSync(join(root, 'other'));
  watchDir('dir');
  renameSync(join(root, 'dir'), join(root, 'away'));
  renameSync(join(root, 'other'), join(root, 'dir'));
  expect(watchDir('dir')).toBe('new');
  writeFileSync(join(root, 'dir/file'), 'x');
  await untilPath('dir/file');
});

test('inotify: a directory that was removed and made again is new, also with the inode of the old one', async () => {
  const { onHint, untilPath } = ear();
  watcher = inotifyWatcher(root, onHint);
  mkdirSync(join(root, 'dir'));
  watchDir('');
  watchDir('dir');
  const before = inode('dir');
  rmSync(join(root, 'dir'), { recursive: true });
  await untilPath('dir');
  mkdirSync(join(root, 'dir'));
  expect(watcher.watch(fakePath('dir'), before)).toBe('new');
  writeFileSync(join(root, 'dir/file'), 'x');
  await untilPath('dir/file');
});

test('inotify: a name that is no UTF-8 asks for a look at its directory', async () => {
  const { onHint, until } = ear();
  watcher = inotifyWatcher(root, onHint);
  watchDir('');
  writeFileSync(Buffer.from([...Buffer.from(`${root}/bad`), 0xff]), 'x');
  await until((hint) => hint.kind === 'tree' && hint.dir === '');
});

test('inotify: our own folder is not heard', async () => {
  const { onHint, heard, untilPath } = ear();
  watcher = inotifyWatcher(root, onHint);
  watchDir('');
  mkdirSync(join(root, '.fs-sync'));
  writeFileSync(join(root, 'after'), 'x');
  await untilPath('after');
  expect(heard.every((hint) => hint.kind === 'path' && hint.path === 'after')).toBe(true);
});

test('inotify: a directory that is gone by now is no fault of the watcher', () => {
  watcher = inotifyWatcher(root, () => {});
  expect(watcher.watch(fakePath('never'), 1n)).toBe('new');
});

test.each([false, true])('portable, polling %s: the whole tree is heard without being asked for', async (polling) => {
  const { onHint, until, untilPath } = ear();
  mkdirSync(join(root, 'dir'));
  watcher = portableWatcher(root, onHint, { polling, intervalMs: 20, onError: () => {} });
  await until((hint) => hint.kind === 'tree' && hint.dir === '');
  writeFileSync(join(root, 'dir/file'), 'x');
  await untilPath('dir/file');
  rmSync(join(root, 'dir/file'));
  mkdirSync(join(root, 'new'));
  await untilPath('new');
});

test('when the limit is reached another watcher takes over, and a person is told what to raise', async () => {
  const told: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => told.push(message) };
  const closed: string[] = [];
  const stub = (name: string, full: boolean): Watcher => ({
    kind: full ? 'inotify' : 'portable',
    watch() {
      if (full) throw new WatchLimitError('the limit fs.inotify.max_user_watches is reached: raise it');
      return 'new';
    },
    forget() {},
    close: async () => void closed.push(name),
  });
  watcher = withFallback(stub('first', true), log, root, () => stub('second', false));
  expect(watcher.watch('', 1n)).toBe('new');
  expect(watcher.kind).toBe('portable');
  expect(told).toEqual([expect.stringMatching(/polling.*max_user_watches is reached: raise it/)]);
  expect(closed).toEqual(['first']);
});
