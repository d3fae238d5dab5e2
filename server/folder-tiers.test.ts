// Which folders of a page are looked into.
import { expect, test } from 'vitest';
import { buildTree } from '../core/manifest/build.ts';
import { memoryNodes } from '../core/manifest/memory-nodes.ts';
import { fakeFile, sorted } from '../core/manifest/tree.fakes.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { folderShas } from './folder-tiers.ts';

test('the objects of small folders are found, as long as a page stays cheap; a large folder takes nothing from the rest', async () => {
  const sizes = {
    empty: 0,
    large: 101,
    ...Object.fromEntries(['b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, 90])),
  };
  const entries = Object.entries(sizes).flatMap(([name, files]) =>
    Array.from({ length: files }, (_, i) => fakeFile(`${name}/sub/${i}`)),
  );
  const nodes = memoryNodes();
  const { sha } = await buildTree(nodes, sorted(entries));
  const folders = Object.entries(sizes).map(([name, files]) => ({ path: fakePath(name), files }));
  const found = await folderShas(nodes, sha, folders);
  expect([...found.keys()]).toEqual(['b', 'c', 'd', 'e', 'f']);
  expect(found.get(fakePath('b'))).toHaveLength(90);
});
