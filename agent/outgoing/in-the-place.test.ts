import { expect, test } from 'vitest';
import type { PathOp } from '../../core/commit/path-op.ts';
import type { FileEntry } from '../../core/model/entry.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import type { Draft } from './draft.ts';
import { deletionsInTheirPlace, dropOvertaken } from './in-the-place.ts';

const file = (path: string): FileEntry => ({
  path: fakePath(path),
  sha: fakeSha(path),
  size: 1,
  mode: 0o644,
  mtime: 1,
});

function rowsOf(...paths: readonly string[]) {
  const { rows } = openState(nodeDisk, ':memory:').state;
  for (const path of paths) rows.put(file(path), '');
  return rows;
}

function draftOf(...paths: readonly string[]): Draft {
  const ops = paths.map((path): PathOp => ({ kind: 'put', entry: file(path), seen: 'absent' }));
  const changes = paths.map((path) => ({ path: fakePath(path), now: file(path), fingerprint: '', since: 0 }));
  return { ops, changes, settled: [], again: [], outdated: [] };
}

const pathsOf = ({ ops }: Draft): RelPath[] => ops.flatMap((op) => (op.kind === 'put' ? [op.entry.path] : []));

test('what a new file took the place of on disk is deleted with it', () => {
  const [rows, draft] = [rowsOf('a/x', 'a/y', 'other'), draftOf('a', 'new')];
  dropOvertaken(rows, draft, () => true);
  expect(pathsOf(draft)).toEqual(['a', 'new']);
  const deleted = deletionsInTheirPlace(rows, draft.ops).map((op) => op.kind === 'delete' && op.path);
  expect(deleted).toEqual(['a/x', 'a/y']);
});

test('I9: a file that moved away before it was committed deletes nothing of what others put in its place', () => {
  const [rows, draft] = [rowsOf('a/x', 'a/y'), draftOf('a', 'new')];
  dropOvertaken(rows, draft, (path) => path === fakePath('a/y'));
  expect([pathsOf(draft), draft.changes.map(({ path }) => path), draft.again]).toEqual([['new'], ['new'], ['a']]);
  expect(deletionsInTheirPlace(rows, draft.ops)).toEqual([]);
});

test('I9: a directory whose place a file of others took before it was committed does not delete that file', () => {
  const [rows, draft] = [rowsOf('a'), draftOf('a/x', 'a/y', 'new')];
  dropOvertaken(rows, draft, () => false);
  expect([pathsOf(draft), [...draft.again].sort()]).toEqual([['new'], ['a/x', 'a/y']]);
});
