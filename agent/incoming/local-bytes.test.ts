// Which file that goes here may move to the name of one that comes: only one that nobody else needs, as the project last had it.
import { appendFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileEntry } from '../../core/model/entry.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { fingerprintOf } from '../disk/fingerprint.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import type { WorkspaceState } from '../state/state.ts';
import { besides, losingItsName } from './local-bytes.ts';

const REVISION = 5;
const TEXT = 'the same bytes';

let root: string;
let state: WorkspaceState;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fs-local-bytes-'));
  state = openState(nodeDisk, ':memory:').state;
});
afterEach(() => {
  state.close();
  rmSync(root, { recursive: true });
});

const site = () => ({ disk: nodeDisk, root, state });
const entryAt = (path: string): FileEntry => {
  return { path: fakePath(path), sha: fakeSha(TEXT), size: TEXT.length, mode: 0o644, mtime: 1 };
};

/** A file that is here as the project last had it. */
function here(path: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, TEXT);
  const stat = nodeDisk.lstat(file);
  state.rows.put(entryAt(path), stat ? fingerprintOf(stat) : '');
}

const goes = (path: string, revision = REVISION) =>
  state.behind.put({ path: fakePath(path), entry: undefined, revision, since: 1 });

const coming = (path: string) => ({ path: fakePath(path), entry: entryAt(path), revision: REVISION, since: 1 });

const losing = (path: string, taken: readonly RelPath[] = []) => losingItsName(site(), coming(path), new Set(taken));

test('a file that goes gives its bytes to a name that comes; one that stays does not', () => {
  here('old');
  expect(losing('new')).toBe(undefined);
  goes('old');
  expect(losing('new')).toBe('old');
});

test('each gives its name once', () => {
  here('one');
  here('two');
  goes('one');
  goes('two');
  const first = losing('new');
  expect(['one', 'two']).toContain(first);
  expect(losing('other', first ? [first] : [])).toBe(first === 'one' ? 'two' : 'one');
  expect(losing('third', [fakePath('one'), fakePath('two')])).toBe(undefined);
});

test('one that goes by a later commit is still wanted until all is here that came before', () => {
  here('old');
  goes('old', REVISION + 1);
  expect(losing('new')).toBe(undefined);
});

test('I8: one that was edited, or is gone from disk, gives nothing', () => {
  here('old');
  goes('old');
  appendFileSync(join(root, 'old'), 'edited');
  expect([losing('new'), besides(site(), coming('new'))]).toEqual([undefined, undefined]);
  rmSync(join(root, 'old'));
  expect([losing('new'), besides(site(), coming('new'))]).toEqual([undefined, undefined]);
});

test('one that has a second name on this disk is copied: what is done to that name would be done to what moved', () => {
  here('old');
  linkSync(join(root, 'old'), join(root, 'second'));
  here('old');
  goes('old');
  expect(losing('new')).toBe(undefined);
  expect(besides(site(), coming('new'))).toBe('old');
});

test('one that lies where a directory comes, or in a directory where a file comes, goes first', () => {
  here('d');
  goes('d');
  expect(losing('d/x')).toBe(undefined);
  here('e/x');
  goes('e/x');
  expect(losing('e', [fakePath('d')])).toBe(undefined);
});

test('one that rules on their way may name stays, and is copied', () => {
  here('build/x');
  goes('build/x');
  state.behind.put({ ...coming('.fsignore'), path: fakePath('.fsignore'), entry: entryAt('.fsignore') });
  expect(losing('new')).toBe(undefined);
  expect(besides(site(), coming('new'))).toBe('build/x');
});
