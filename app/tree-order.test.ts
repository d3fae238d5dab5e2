// The order of a folder's rows: folders first, and what is alike as it was.
import { expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import { fakePath } from '../core/model/rel-path.ts';
import type { FileRow } from './file-view.ts';
import { BY_NAME, clicked, ordered, parseSort, sortOf } from './tree-order.ts';

const file = (name: string, sizeBytes: number, modifiedAt: number): FileRow => ({
  kind: 'file',
  path: fakePath(name),
  name,
  sha: fakeSha(name),
  sizeBytes,
  modifiedAt,
  mode: 0o644,
  tiers: { hot: true, cold: null },
});
const folder = (name: string, bytes: number): FileRow => ({
  kind: 'dir',
  path: fakePath(name),
  name,
  files: 1,
  bytes,
  tiers: undefined,
});
const rows = [file('a', 10, 3), folder('b', 5), file('c', 30, 1), folder('d', 50), file('e', 10, 2)];
const names = (sort: string) => ordered(rows, sortOf(parseSort(sort))).map(({ name }) => name);

test('folders stand before files, each in the order that is asked for; what is alike keeps its order', () => {
  expect(names('name')).toEqual(['b', 'd', 'a', 'c', 'e']);
  expect(names('-name')).toEqual(['d', 'b', 'e', 'c', 'a']);
  expect(names('-size')).toEqual(['d', 'b', 'c', 'a', 'e']);
  expect(names('size')).toEqual(['b', 'd', 'a', 'e', 'c']);
  expect(names('-modified')).toEqual(['b', 'd', 'a', 'e', 'c']);
});

test('a heading begins with what one looks for, and turns round; what an address has wrong is by name', () => {
  expect(clicked('name', BY_NAME)).toBe('-name');
  expect(clicked('size', BY_NAME)).toBe('-size');
  expect(clicked('size', sortOf('-size'))).toBe('size');
  expect(clicked('name', sortOf('-size'))).toBeUndefined();
  expect(parseSort('colour')).toBeUndefined();
  expect(parseSort('--size')).toBeUndefined();
});
