// Both watchers against a real directory: every change is hinted at, sooner or later, wherever it happens.
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { portableWatcher } from './chokidar-watcher.ts';
import { inotifyWatcher } from './inotify-watcher.ts';
import type { Hint, Watcher } from './watcher.ts';

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

test('portable: the whole tree is heard without being asked for, except what is ignored', async () => {
  const { onHint, heard, until, untilPath } = ear();
  mkdirSync(join(root, 'dir'));
  mkdirSync(join(root, 'out'));
  let ignored = 'out';
  watcher = portableWatcher(root, onHint, { isIgnored: (path) => path === ignored, onError: () => {} });
  await until((hint) => hint.kind === 'tree' && hint.dir === '');
  writeFileSync(join(root, 'out/file'), 'x');
  writeFileSync(join(root, 'dir/file'), 'x');
  await untilPath('dir/file');
  rmSync(join(root, 'dir/file'));
  mkdirSync(join(root, 'new'));
  await untilPath('new');
  expect(heard.filter((hint) => hint.kind === 'path' && hint.path.startsWith('out'))).toEqual([]);

  ignored = 'dir';
  heard.length = 0;
  watcher.rulesChanged?.();
  await until((hint) => hint.kind === 'tree' && hint.dir === '');
  writeFileSync(join(root, 'out/other'), 'x');
  await untilPath('out/other');
});

test('inotify: more events than the kernel keeps are followed by a look at everything', async () => {
  const { onHint, heard, until } = ear();
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  watcher = inotifyWatcher(root, onHint);
  watchDir('');
  // Each is an event of its own, and none is read while this goes on.
  for (let i = 0; i < limit + 1_000; i += 2) {
    writeFileSync(join(root, `file-${i}`), '');
    rmSync(join(root, `file-${i}`));
  }
  await until((hint) => hint.kind === 'tree' && hint.dir === '');
  expect(heard.length).toBeLessThanOrEqual(limit + 1);
});

test('inotify: all watchers of a thread have one queue: what overflows by one may have dropped what another had to hear', async () => {
  const [busy, quiet] = [ear(), ear()];
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  mkdirSync(join(root, 'busy'));
  mkdirSync(join(root, 'quiet'));
  for (const name of ['one', 'two']) writeFileSync(join(root, 'busy', name), '');
  const other = inotifyWatcher(join(root, 'quiet'), quiet.onHint);
  try {
    other.watch('', lstatSync(join(root, 'quiet'), { bigint: true }).ino);
    watcher = inotifyWatcher(join(root, 'busy'), busy.onHint);
    watcher.watch('', inode('busy'));
    // Of two that are the same and follow each other the kernel keeps one.
    for (let i = 0; i < limit; i++) chmodSync(join(root, 'busy', i % 2 ? 'one' : 'two'), 0o600);
    writeFileSync(join(root, 'quiet/dropped'), '');
    await quiet.until((hint) => hint.kind === 'tree' && hint.dir === '');
    expect(quiet.heard).toEqual([{ kind: 'tree', dir: '' }]);
    await busy.until((hint) => hint.kind === 'tree' && hint.dir === '');
  } finally {
    await other.close();
  }
});
