import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../../core/model/entry.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from './open-state.ts';
import type { WorkspaceState } from './state.ts';

const file = (path: string, content = path): Entry => ({
  path: fakePath(path),
  sha: fakeSha(content),
  size: content.length,
  mode: 0o644,
  mtime: 1,
});
const dir = (path: string): Entry => ({ path: fakePath(path), dir: true, mode: 0o755 });
const open = (): WorkspaceState => openState(nodeDisk, ':memory:').state;
const pathsOf = (state: WorkspaceState): string[] =>
  [...state.rows.dirs('')].flatMap((at) => [...state.rows.in(at).values()].map(({ entry }) => entry.path));

test('rows come back as they were put, and count', () => {
  const state = open();
  state.rows.put(file('a/b', 'bytes'), 'print');
  state.rows.put(dir('c'), '');
  expect(state.rows.at(fakePath('a/b'))).toEqual({ entry: file('a/b', 'bytes'), fingerprint: 'print' });
  expect(state.rows.at(fakePath('c'))?.entry).toEqual(dir('c'));
  expect(state.rows.totals).toEqual({ files: 1, bytes: 5 });
  state.rows.put(file('a/b', 'more bytes'), 'print');
  expect(state.rows.totals).toEqual({ files: 1, bytes: 10 });
  state.rows.drop(fakePath('a/b'));
  expect(state.rows.totals).toEqual({ files: 0, bytes: 0 });
});

test('a directory is a range: names that only begin like it are not in it', () => {
  const state = open();
  for (const path of ['a', 'a-b/x', 'a.b/x', 'a0/x', 'b/x']) state.rows.put(file(path), '');
  state.rows.drop(fakePath('a'));
  for (const path of ['a/x', 'a/y/z', 'a/y-z/w']) state.rows.put(file(path), '');
  const below = state.rows.under(fakePath('a')).map(({ entry }) => entry.path);
  expect(below.sort()).toEqual(['a/x', 'a/y-z/w', 'a/y/z']);
  expect([...state.rows.dirs(fakePath('a'))].sort()).toEqual(['a', 'a/y', 'a/y-z']);
  expect([...state.rows.in(fakePath('a')).keys()]).toEqual(['x']);
});

test('whether rows lie below a path is told right, whatever came and went between the questions', () => {
  const paths = fc.constantFrom('a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/e', 'f');
  const step = fc.record({ path: paths, act: fc.constantFrom('put', 'drop', 'ask', 'undo') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const state = open();
      for (const { path, act } of steps) {
        if (act === 'put') state.rows.put(file(path), '');
        if (act === 'drop') state.rows.drop(fakePath(path));
        if (act === 'undo') {
          const undone = () =>
            state.transaction(() => {
              state.rows.put(file(path), '');
              state.rows.hasUnder(fakePath(path));
              throw new Error('undone');
            });
          expect(undone).toThrow('undone');
        }
        expect(state.rows.hasUnder(fakePath(path))).toBe(state.rows.under(fakePath(path)).length > 0);
        expect(state.rows.at(fakePath(path)) !== undefined).toBe(pathsOf(state).includes(path as RelPath));
      }
      state.close();
    }),
    { numRuns: 100 },
  );
});

test('directories above what is there have no row, however they came to have one', () => {
  const state = open();
  state.rows.put(file('a/b/c', 'old'), '');
  state.rows.put(dir('a/b'), '');
  state.rows.put(dir('other'), '');
  state.rows.dropAbove([fakePath('a/b/c'), fakePath('a/b/d')]);
  expect(pathsOf(state).sort()).toEqual(['a/b/c', 'other']);
});

test('a file and a directory never share a path', () => {
  const paths = fc.constantFrom('a', 'a/b', 'a/b/c', 'a/d', 'e', 'e/f');
  const put = fc.record({ path: paths, isDir: fc.boolean() });
  fc.assert(
    fc.property(fc.array(put, { maxLength: 20 }), (puts) => {
      const state = open();
      for (const { path, isDir } of puts) {
        if (isDir && state.rows.under(fakePath(path)).length > 0) continue;
        state.rows.put(isDir ? dir(path) : file(path), '');
      }
      const all = pathsOf(state);
      for (const path of all) for (const other of all) expect(other.startsWith(`${path}/`)).toBe(false);
      expect(state.rows.totals.files).toBe(
        all.filter((path) => 'sha' in (state.rows.at(path as RelPath)?.entry ?? {})).length,
      );
      state.close();
    }),
    { numRuns: 50 },
  );
});

test('what is behind is worked off puts first in path order, then deletions from the last', () => {
  const state = open();
  for (const path of ['b', 'a/z', 'c']) {
    state.behind.put({ path: fakePath(path), entry: file(path), revision: 1, since: 5 });
  }
  for (const path of ['d', 'd/e', 'a/y']) {
    state.behind.put({ path: fakePath(path), entry: undefined, revision: 1, since: 4 });
  }
  expect(state.behind.nextPuts('', 2).map(({ path }) => path)).toEqual(['a/z', 'b']);
  expect(state.behind.nextPuts('b', 2).map(({ path }) => path)).toEqual(['c']);
  expect(state.behind.nextDeletes(undefined, 2).map(({ path }) => path)).toEqual(['d/e', 'd']);
  expect(state.behind.nextDeletes('d', 2).map(({ path }) => path)).toEqual(['a/y']);
  expect(state.behind.count).toBe(6);
  expect(state.behind.oldestAt(5_000)).toBe(4);
});

test('a newer version replaces one that never came to disk, and the path keeps its age', () => {
  const state = open();
  const path = fakePath('a');
  state.behind.put({ path, entry: file('a', 'v1'), revision: 1, since: 10 });
  state.behind.put({ path, entry: undefined, revision: 2, since: 20 });
  expect(state.behind.at(path)).toEqual({ path, entry: undefined, revision: 2, since: 10 });
  expect(state.behind.count).toBe(1);
});

test('a commit answers what current said before it, about its path and what it displaced, and nothing later', () => {
  const state = open();
  for (const path of ['a', 'a/b', 'a/b/c', 'a/d', 'a/b0']) {
    state.behind.put({ path: fakePath(path), entry: file(path), revision: 3, since: 0 });
  }
  state.behind.put({ path: fakePath('a/b/new'), entry: file('a/b/new'), revision: 9, since: 0 });
  state.behind.answer(fakePath('a/b'), 5);
  expect(state.behind.nextPuts('', 10).map(({ path }) => path)).toEqual(['a/b/new', 'a/b0', 'a/d']);
  expect(state.behind.count).toBe(3);
});

test('a committed deletion answers what was said of its path, and nothing of what is to come or go above and below it', () => {
  const state = open();
  for (const path of ['a', 'a/b', 'a/b/c']) {
    state.behind.put({ path: fakePath(path), entry: undefined, revision: 3, since: 0 });
  }
  state.behind.answerAt(fakePath('a/b'), 2);
  expect(state.behind.count).toBe(3);
  state.behind.answerAt(fakePath('a/b'), 3);
  expect(state.behind.nextDeletes(undefined, 10).map(({ path }) => path)).toEqual(['a/b/c', 'a']);
});

test('a transaction that fails leaves no trace, in the counts neither', () => {
  const state = open();
  state.rows.put(file('a', 'four'), '');
  expect(() =>
    state.transaction(() => {
      state.rows.put(file('b/c'), '');
      state.rows.drop(fakePath('a'));
      state.behind.put({ path: fakePath('x'), entry: undefined, revision: 1, since: 0 });
      throw new Error('the disk is full');
    }),
  ).toThrow('the disk is full');
  expect(state.rows.totals).toEqual({ files: 1, bytes: 4 });
  expect(state.behind.count).toBe(0);
  state.rows.put(file('b/c/d'), '');
  expect(pathsOf(state)).toEqual(['a', 'b/c/d']);
});

test('all of it is there after a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fs-state-'));
  try {
    const name = join(folder, 'state.db');
    const base = { commitSha: fakeSha('c'), manifestSha: fakeSha('m'), revision: 7 };
    const first = openState(nodeDisk, name).state;
    first.rows.put(file('a/b'), 'p');
    first.behind.put({ path: fakePath('x'), entry: file('x'), revision: 1, since: 2 });
    first.setBase(base);
    first.close();
    const again = openState(nodeDisk, name);
    expect(again.replaced).toBe(false);
    expect(again.state.base).toEqual(base);
    expect(again.state.rows.totals.files).toBe(1);
    expect(again.state.behind.count).toBe(1);
    again.state.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a damaged file is replaced by an empty one, and that is said', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fs-state-'));
  try {
    const name = join(folder, 'state.db');
    writeFileSync(name, 'this is no database, and long enough to be taken for one by nobody'.repeat(20));
    const { state, replaced } = openState(nodeDisk, name);
    expect(replaced).toBe(true);
    expect(state.base).toBe(undefined);
    state.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is to come is counted in paths and bytes, and so is what is not behind any more', () => {
  const paths = fc.constantFrom('a', 'a/b', 'a/b/c', 'd');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), path: paths, size: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ kind: fc.constantFrom('gone' as const, 'drop' as const, 'answer' as const), path: paths }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const state = open();
      const sizes = new Map<string, number>();
      let settled = { files: 0, bytes: 0 };
      const settle = (path: string) => {
        const size = sizes.get(path);
        if (size === undefined) return;
        settled = { files: settled.files + 1, bytes: settled.bytes + size };
        sizes.delete(path);
      };
      for (const one of steps) {
        const path = fakePath(one.path);
        if (one.kind === 'put') {
          state.behind.put({ path, entry: file(one.path, 'x'.repeat(one.size)), revision: 1, since: 1 });
          sizes.set(one.path, one.size);
        } else if (one.kind === 'gone') {
          state.behind.put({ path, entry: undefined, revision: 1, since: 1 });
          sizes.set(one.path, 0);
        } else if (one.kind === 'drop') {
          state.behind.drop(path);
          settle(one.path);
        } else {
          state.behind.answer(path, 1);
          const decided = [...sizes.keys()].filter(
            (other) => other === one.path || other.startsWith(`${one.path}/`) || one.path.startsWith(`${other}/`),
          );
          for (const other of decided) settle(other);
        }
        expect(state.behind.count).toBe(sizes.size);
        expect(state.behind.bytes).toBe([...sizes.values()].reduce((sum, size) => sum + size, 0));
        expect(state.behind.settled).toEqual(settled);
      }
    }),
  );
});
