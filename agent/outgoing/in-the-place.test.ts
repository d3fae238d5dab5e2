import { expect, test } from 'vitest';
import type { PathOp } from '../../core/commit/path-op.ts';
import type { FileEntry } from '../../core/model/entry.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import type { Draft } from './draft.ts';
import { dropWithoutPlace } from './in-the-place.ts';

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

/** @param paths  with a minus before it, one that is deleted */
function draftOf(...paths: readonly string[]): Draft {
  const ops = paths.map((path): PathOp => {
    const gone = path.startsWith('-') ? fakePath(path.slice(1)) : undefined;
    if (gone !== undefined) return { kind: 'delete', path: gone, seen: fakeSha(gone) };
    return { kind: 'put', entry: file(path), seen: 'absent' };
  });
  const changes = ops.map((op) => ({ path: pathOf(op), now: undefined, fingerprint: '', since: 0 }));
  return { ops, changes, settled: [], again: [], outdated: [] };
}

const pathOf = (op: PathOp): RelPath => {
  if (op.kind === 'move') throw new Error('a draft has no moves');
  return op.kind === 'put' ? op.entry.path : op.path;
};

/** What is left of a draft; the changes are as the ops are. */
function leftOf({ ops, changes }: Draft): RelPath[] {
  expect(changes.map(({ path }) => path)).toEqual(ops.map(pathOf));
  return ops.map(pathOf);
}

test('a file is committed with the deletions of what it took the place of', () => {
  const [rows, draft] = [rowsOf('a/x', 'a/y', 'other', 'b'), draftOf('-a/x', '-a/y', 'a', '-b', 'b/new')];
  dropWithoutPlace(rows, draft);
  expect(leftOf(draft)).toEqual(['a/x', 'a/y', 'a', 'b', 'b/new']);
  expect(draft.again).toEqual([]);
});

test('I9: a file that would delete what nobody saw go, below it or above it, is looked at again with that', () => {
  const [rows, draft] = [rowsOf('a/x', 'a/y', 'b'), draftOf('-a/x', 'a', 'b/new', 'new')];
  dropWithoutPlace(rows, draft);
  expect(leftOf(draft)).toEqual(['a/x', 'new']);
  expect([...draft.again].sort()).toEqual(['a', 'a/y', 'b', 'b/new']);
});
