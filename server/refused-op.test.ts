// What an earlier op of the same commit says of a later one, and what it does not.
import { expect, test } from 'vitest';
import type { FileOp } from '../app/file-commands.ts';
import { buildTree } from '../core/manifest/build.ts';
import { memoryNodes } from '../core/manifest/memory-nodes.ts';
import { fakeFile } from '../core/manifest/tree.fakes.ts';
import { fakeSha } from '../core/model/ids.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { refusedOp } from './refused-op.ts';

const put = (path: string): FileOp => ({ kind: 'put', path: fakePath(path), sha: fakeSha(), sizeBytes: 1 });
const mkdir = (path: string): FileOp => ({ kind: 'directory', path: fakePath(path) });
const remove = (path: string): FileOp => ({ kind: 'delete', path: fakePath(path) });
const move = (from: string, to: string): FileOp => ({
  ...{ kind: 'move', from: fakePath(from), to: fakePath(to), replace: false },
});

async function refused(...ops: FileOp[]) {
  const nodes = memoryNodes();
  const files = ['docs/one', 'docs/sub/three', 'docs/two', 'file'].map((path) => fakeFile(path));
  const { sha } = await buildTree(nodes, files);
  return refusedOp(nodes, sha, ops);
}

test.each([
  ['a file put below it', [put('docs/a'), put('docs')]],
  ['a file deleted below it', [remove('docs/one'), put('docs')]],
  ['a directory made below it', [mkdir('docs/new'), put('docs')]],
  ['a directory made in its place', [mkdir('docs'), put('docs')]],
  ['a directory made above it', [mkdir('docs'), put('docs/sub')], 'docs/sub'],
  ['a file put below the end of a move', [put('docs/a'), move('file', 'docs')]],
  ['a file put at the beginning of a move', [put('new'), move('new', 'docs')]],
])('a directory is not taken away unasked, and %s is not asking', async (_, ops, path = 'docs') => {
  expect(await refused(...ops)).toEqual({ op: 1, why: { kind: 'path-taken', path } });
});

test('a name of our own is not put because of what an earlier op did there', async () => {
  expect(await refused(remove('.fs-sync'), put('.fs-sync/x'))).toMatchObject({ op: 1, why: { kind: 'reserved-name' } });
});

test.each([
  ['deleted', [remove('docs'), put('docs')]],
  ['deleted above it', [remove('docs'), put('docs/sub')]],
  ['moved away', [move('docs', 'old'), put('docs')]],
  ['a file before', [remove('file'), put('file/a'), mkdir('file/b')]],
  ['swapped', [move('docs', 'tmp'), move('file', 'docs'), move('tmp', 'file')]],
  ['made by a file below it, and moved', [put('new/a'), move('new', 'other')]],
  ['made empty, and moved', [mkdir('new'), move('new', 'other')]],
])('what earlier ops have %s is as they leave it', async (_, ops) => {
  expect(await refused(...ops)).toBeUndefined();
});
